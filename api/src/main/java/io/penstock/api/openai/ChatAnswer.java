package io.penstock.api.openai;

import io.penstock.api.gateway.ChoiceDelta;
import io.penstock.api.gateway.Generation;
import io.penstock.api.gateway.GenerationCall;
import io.penstock.api.platform.RequestContext;
import io.penstock.api.platform.ServiceTiers;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.NullNode;

/** Brings a generation into the shape of a chat completion. */
final class ChatAnswer {
  private final GenerationCall call;
  private final String id;
  private final long created;
  private final boolean withLogprobs;
  private final boolean withTokenIds;
  private final boolean withUsage;
  private final String serviceTier;
  private final TokenTexts texts;

  ChatAnswer(ChatCompletionRequest request, GenerationCall call, RequestContext context) {
    this.call = call;
    this.id = context.requestId().replaceFirst("req_", "chatcmpl-");
    this.created = context.receivedAt().getEpochSecond();
    this.withLogprobs = call.sampling().logprobs();
    this.withTokenIds = Requests.isTrue(request.returnTokenIds());
    this.withUsage = Requests.includeUsage(request.stream(), request.streamOptions());
    this.serviceTier = ServiceTiers.name(call.urgency().tier());
    this.texts = new TokenTexts(call.model());
  }

  Mono<ChatCompletion> whole(Generation generation) {
    return generation
        .deltas()
        .collect(() -> ChoiceText.list(call.sampling().n()), ChoiceText::add)
        .map(
            choices ->
                new ChatCompletion(
                    id,
                    "chat.completion",
                    created,
                    call.model().id(),
                    IntStream.range(0, choices.size())
                        .mapToObj(i -> choice(i, choices.get(i)))
                        .toList(),
                    Usage.of(generation.outcome()),
                    serviceTier,
                    null,
                    promptTokenIds()));
  }

  private ChatCompletion.Choice choice(int index, ChoiceText choice) {
    return new ChatCompletion.Choice(
        index,
        new ChatCompletion.Message("assistant", choice.text(), null),
        withLogprobs ? texts.chat(choice.tokens()) : null,
        choice.finishReason(),
        choice.stopReason(),
        withTokenIds ? ChoiceText.ids(choice.tokens()) : null,
        choice.error());
  }

  /** The role of each choice first, then text as it comes, then how each ended, then the usage. */
  Flux<ChatCompletionChunk> stream(Generation generation) {
    Flux<ChatCompletionChunk> roles =
        Flux.range(0, call.sampling().n())
            .map(
                i ->
                    chunk(
                        List.of(
                            new ChatCompletionChunk.Choice(
                                i,
                                new ChatCompletionChunk.Delta("assistant", ""),
                                null,
                                null,
                                null,
                                null,
                                null)),
                        i == 0 ? promptTokenIds() : null));
    Flux<ChatCompletionChunk> stream =
        roles.concatWith(generation.deltas().concatMapIterable(this::chunks));
    return withUsage ? stream.concatWith(Mono.fromSupplier(() -> usage(generation))) : stream;
  }

  private List<ChatCompletionChunk> chunks(ChoiceDelta delta) {
    List<ChatCompletionChunk> chunks = new ArrayList<>(2);
    boolean reported = !delta.tokens().isEmpty() && (withLogprobs || withTokenIds);
    if (!delta.text().isEmpty() || reported) {
      chunks.add(
          chunk(
              List.of(
                  new ChatCompletionChunk.Choice(
                      delta.choice(),
                      new ChatCompletionChunk.Delta(null, delta.text()),
                      withLogprobs ? texts.chat(delta.tokens()) : null,
                      null,
                      null,
                      withTokenIds ? ChoiceText.ids(delta.tokens()) : null,
                      null)),
              null));
    }
    if (delta.ending() != null) {
      chunks.add(
          chunk(
              List.of(
                  new ChatCompletionChunk.Choice(
                      delta.choice(),
                      ChatCompletionChunk.Delta.NOTHING,
                      null,
                      ChoiceText.finishReason(delta.ending()),
                      delta.ending().stopReason(),
                      null,
                      delta.ending().error())),
              null));
    }
    return chunks;
  }

  private ChatCompletionChunk usage(Generation generation) {
    return new ChatCompletionChunk(
        id,
        "chat.completion.chunk",
        created,
        call.model().id(),
        List.of(),
        serviceTier,
        null,
        Usage.of(generation.outcome()),
        null);
  }

  private ChatCompletionChunk chunk(
      List<ChatCompletionChunk.Choice> choices, List<Integer> promptTokenIds) {
    return new ChatCompletionChunk(
        id,
        "chat.completion.chunk",
        created,
        call.model().id(),
        choices,
        serviceTier,
        null,
        withUsage ? NullNode.getInstance() : null,
        promptTokenIds);
  }

  private List<Integer> promptTokenIds() {
    return withTokenIds ? ChoiceText.ids(call.prompts().getFirst()) : null;
  }
}
