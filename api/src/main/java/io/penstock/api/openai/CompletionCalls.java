package io.penstock.api.openai;

import io.penstock.api.gateway.GenerationCall;
import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.gateway.ServedModel;
import io.penstock.api.gateway.Urgency;
import io.penstock.api.platform.PenstockProperties;
import io.penstock.api.platform.error.ApiException;
import io.penstock.engine.core.SamplingParams;
import java.util.List;
import org.springframework.stereotype.Component;

/** From a request for text completions to what the engine is to do. Takes milliseconds. */
@Component
final class CompletionCalls {
  private static final int DEFAULT_MAX_TOKENS = 16;

  private final ModelRegistry models;
  private final int mostPrompts;

  CompletionCalls(ModelRegistry models, PenstockProperties properties) {
    this.models = models;
    this.mostPrompts = properties.maxPromptsPerRequest();
  }

  /**
   * @throws ApiException for what is wrong with the request
   */
  GenerationCall prepare(CompletionRequest body, CallSource source) {
    OtherFields.check(body.rest());
    ServedModel model = Requests.model(models, body.model(), source.caller());
    Urgency urgency = Scheduling.of(body, source);
    StreamUsage.check(body.stream(), body.streamOptions());
    boolean scored = Requests.isTrue(body.echo()) && body.logprobs() != null;
    if (scored && !model.scoresPrompts()) {
      throw ApiException.invalid(
          "echo",
          "unsupported_parameter",
          "'echo' together with 'logprobs' is not supported by the model '%s' on this server: leave one of them out."
              .formatted(model.id()));
    }
    if (body.logprobs() != null
        && (body.logprobs() < 0 || body.logprobs() > SamplingParams.MAX_TOP_LOGPROBS)) {
      throw Sampling.outOfRange("logprobs", "between 0 and " + SamplingParams.MAX_TOP_LOGPROBS);
    }
    List<int[]> prompts =
        new Prompts(model, !Boolean.FALSE.equals(body.addSpecialTokens()), mostPrompts)
            .read(body.prompt());
    if (body.n() != null && (long) body.n() * prompts.size() > SamplingParams.MAX_N) {
      throw Sampling.outOfRange(
          "n", "at most " + SamplingParams.MAX_N + " together with the number of prompts");
    }
    int longest = prompts.stream().mapToInt(p -> p.length).max().orElseThrow();
    int maxTokens =
        body.echoesOnly()
            ? ContextLength.ofPrompt(model, longest, "prompt")
            : ContextLength.maxTokens(
                model, longest, body.maxTokens(), "max_tokens", DEFAULT_MAX_TOKENS, "prompt");
    return new GenerationCall(
        source.context().requestId(),
        source.caller(),
        model,
        source.endpoint(),
        Requests.isTrue(body.stream()),
        source.context().receivedAt(),
        urgency,
        prompts,
        Sampling.of(body, model, maxTokens, body.logprobs()),
        body.maxTokens() != null,
        StructuredOutput.prepare(body.rest(), model),
        scored ? body.logprobs() : null,
        OtherFields.stores(body.rest()),
        source.deliveries());
  }
}
