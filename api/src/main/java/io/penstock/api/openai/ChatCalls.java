package io.penstock.api.openai;

import io.penstock.api.gateway.GenerationCall;
import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.gateway.ServedModel;
import io.penstock.api.gateway.Urgency;
import io.penstock.api.openai.tools.AnswerStyle;
import io.penstock.api.openai.tools.ToolConvention;
import io.penstock.api.platform.error.ApiException;
import io.penstock.engine.core.SamplingParams;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** From a chat request to what the engine is to do: checks, renders, counts. Takes milliseconds. */
@Component
public final class ChatCalls {
  private static final String THINKING = "enable_thinking";
  private static final String END_OF_THOUGHTS = "</think>";

  private final ModelRegistry models;
  private final Messages messages;
  private final ToolFields toolFields;

  ChatCalls(ModelRegistry models, JsonMapper json) {
    this.models = models;
    this.messages = new Messages(json);
    this.toolFields = new ToolFields(json);
  }

  /**
   * @throws ApiException for what is wrong with the request
   */
  public ChatCall prepare(ChatCompletionRequest body, CallSource source) {
    OtherFields.check(body.rest());
    ServedModel model = Requests.model(models, body.model(), source.caller());
    Urgency urgency = Scheduling.of(body, source);
    StreamUsage.check(body.stream(), body.streamOptions());
    if (body.topLogprobs() != null && !Requests.isTrue(body.logprobs())) {
      throw ApiException.invalid(
          "top_logprobs", "invalid_value", "'top_logprobs' needs 'logprobs' to be true.");
    }
    ToolUse tools = toolFields.read(body.tools(), body.toolChoice(), body.parallelToolCalls());
    ToolConvention convention = ToolConvention.of(model.chatTemplate());
    ChatPrompt prompt =
        ChatPrompt.of(
            model,
            messages.read(body.messages()),
            tools,
            !Boolean.FALSE.equals(body.addGenerationPrompt()),
            false,
            templateVariables(body, model));
    AnswerStyle style = tools.style(convention).thinkingAs(model.chatTemplate(), prompt.rendered());
    return new ChatCall(
        new GenerationCall(
            source.context().requestId(),
            source.caller(),
            model,
            source.endpoint(),
            Requests.isTrue(body.stream()),
            source.context().receivedAt(),
            urgency,
            List.of(prompt.ids()),
            sampling(body, model, prompt.ids().length, tools, convention),
            body.maxCompletionTokens() != null || body.maxTokens() != null,
            new CallConstraint(model, tools, convention)
                .prepare(StructuredOutput.prepare(body.rest(), model)),
            null, // nothing of the prompt is told
            OtherFields.stores(body.rest()),
            source.deliveries()),
        style,
        style.thinks() ? single(model.encode(END_OF_THOUGHTS, false, true)) : -1);
  }

  private static int single(int[] ids) {
    return ids.length == 1 ? ids[0] : -1;
  }

  private static SamplingParams sampling(
      ChatCompletionRequest body,
      ServedModel model,
      int promptTokens,
      ToolUse tools,
      ToolConvention convention) {
    boolean newName = body.maxCompletionTokens() != null;
    int maxTokens =
        ContextLength.maxTokens(
            model,
            promptTokens,
            newName ? body.maxCompletionTokens() : body.maxTokens(),
            newName ? "max_completion_tokens" : "max_tokens",
            model.maxModelLen(),
            "messages");
    Integer topLogprobs =
        Requests.isTrue(body.logprobs())
            ? Integer.valueOf(body.topLogprobs() == null ? 0 : body.topLogprobs())
            : null;
    SamplingParams sampling = Sampling.of(body, model, maxTokens, topLogprobs);
    return tools.any() ? calling(sampling, tools, convention) : sampling;
  }

  /** Shows the markers of calls, and ends an answer behind its only one. */
  private static SamplingParams calling(
      SamplingParams sampling, ToolUse tools, ToolConvention convention) {
    List<String> stops = new ArrayList<>(sampling.stop());
    if (!tools.parallel() && convention.close() != null) {
      stops.add(convention.close());
    }
    return sampling.withText(
        stops,
        sampling.skipSpecialTokens() && !convention.controlTokens(),
        sampling.includeStopInOutput());
  }

  /** With what {@code reasoning_effort} means to the templates that know of it. */
  private static Map<String, Object> templateVariables(
      ChatCompletionRequest body, ServedModel model) {
    String effort = body.reasoningEffort();
    if (effort == null) {
      return body.chatTemplateKwargs();
    }
    Map<String, Object> variables =
        body.chatTemplateKwargs() == null
            ? new HashMap<>()
            : new HashMap<>(body.chatTemplateKwargs());
    boolean none = effort.equals("none");
    if (!none && !List.of("minimal", "low", "medium", "high", "xhigh").contains(effort)) {
      throw Sampling.outOfRange(
          "reasoning_effort", "one of none, minimal, low, medium, high, xhigh");
    }
    if (!none && !AnswerStyle.PLAIN.thinkingAs(model.chatTemplate(), "").thinks()) {
      throw ApiException.invalid(
          "reasoning_effort",
          "unsupported_parameter",
          "Model '%s' does not think; leave 'reasoning_effort' out.".formatted(model.id()));
    }
    variables.putIfAbsent(THINKING, !none);
    variables.putIfAbsent("reasoning_effort", effort);
    return variables;
  }
}
