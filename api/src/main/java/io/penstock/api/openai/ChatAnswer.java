package io.penstock.api.openai;

import io.penstock.api.gateway.ChoiceDelta;
import io.penstock.api.gateway.Generation;
import io.penstock.api.gateway.GenerationCall;
import io.penstock.api.gateway.SampledToken;
import io.penstock.api.openai.tools.AnswerPart;
import io.penstock.api.platform.RequestContext;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Brings a generation into the shape of a chat completion. */
final class ChatAnswer implements Answer {
  private final GenerationCall call;
  private final AnswerReader reader;
  private final String id;
  private final long created;
  private final boolean withLogprobs;
  private final boolean withTokenIds;
  private final StreamUsage streamUsage;
  private final boolean withReasoning;
  private final String serviceTier;
  private final TokenTexts texts;

  ChatAnswer(ChatCompletionRequest request, ChatCall chat, RequestContext context) {
    this.call = chat.generation();
    this.reader = chat.reader();
    this.id = context.requestId().replaceFirst("req_", "chatcmpl-");
    this.created = context.receivedAt().getEpochSecond();
    this.withLogprobs = call.sampling().logprobs();
    this.withTokenIds = Requests.isTrue(request.returnTokenIds());
    this.streamUsage = new StreamUsage(request.streamOptions(), call);
    this.withReasoning = !Boolean.FALSE.equals(request.includeReasoning());
    this.serviceTier = chat.serviceTier();
    this.texts = new TokenTexts(call.model());
  }

  @Override
  public GenerationCall call() {
    return call;
  }

  @Override
  public Mono<ChatCompletion> whole(Generation generation) {
    return generation
        .deltas()
        .map(reader::read)
        .collect(
            () -> AnswerText.list(call.sampling().n()),
            (choices, delta) -> choices.get(delta.choice()).add(delta))
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
                    usage(generation),
                    serviceTier,
                    null,
                    promptTokenIds()));
  }

  private Usage usage(Generation generation) {
    return Usage.of(generation.outcome(), reader.reasoningTokens());
  }

  private ChatCompletion.Choice choice(int index, AnswerText choice) {
    return new ChatCompletion.Choice(
        index,
        message(choice),
        withLogprobs ? texts.chat(choice.tokens()) : null,
        choice.finishReason(),
        stopReason(choice.finishReason(), choice.ending()),
        withTokenIds ? ChoiceText.ids(choice.tokens()) : null,
        choice.ending().error());
  }

  private ChatCompletion.Message message(AnswerText choice) {
    List<ChatCompletion.ToolCall> calls =
        choice.calls().stream()
            .map(
                c ->
                    new ChatCompletion.ToolCall(
                        c.id(),
                        "function",
                        new ChatCompletion.ToolCall.Function(c.name(), c.arguments())))
            .toList();
    boolean callsOnly = choice.content().isEmpty() && !calls.isEmpty();
    return new ChatCompletion.Message(
        "assistant",
        callsOnly ? null : choice.content(),
        null,
        withReasoning ? choice.reasoning() : null,
        calls.isEmpty() ? null : calls);
  }

  /**
   * The role of each choice first, then its parts as they come, then how each ended, then usage.
   */
  @Override
  public Flux<ChatCompletionChunk> stream(Generation generation) {
    Flux<ChatCompletionChunk> roles =
        Flux.range(0, call.sampling().n())
            .map(
                i ->
                    chunk(
                        i,
                        new ChatCompletionChunk.Delta("assistant", "", null, null),
                        null,
                        i == 0 ? promptTokenIds() : null));
    Flux<ChatCompletionChunk> stream =
        roles.concatWith(
            generation
                .deltas()
                .doOnNext(streamUsage::add)
                .map(reader::read)
                .concatMapIterable(this::chunks));
    return streamUsage.atEnd()
        ? stream.concatWith(Mono.fromSupplier(() -> usageChunk(generation)))
        : stream;
  }

  private List<ChatCompletionChunk> chunks(AnswerReader.Understood delta) {
    List<ChatCompletionChunk> chunks = new ArrayList<>(2);
    List<SampledToken> reported = withLogprobs || withTokenIds ? delta.tokens() : List.of();
    for (AnswerPart part : delta.parts()) {
      ChatCompletionChunk.Delta shown = shown(part);
      if (shown != null) {
        chunks.add(chunk(delta.choice(), shown, reported, null));
        reported = List.of();
      }
    }
    if (!reported.isEmpty()) {
      chunks.add(chunk(delta.choice(), ChatCompletionChunk.Delta.content(""), reported, null));
    }
    if (delta.finishReason() != null) {
      chunks.add(end(delta));
    }
    return chunks;
  }

  private ChatCompletionChunk.Delta shown(AnswerPart part) {
    return switch (part) {
      case AnswerPart.Content(String text) -> ChatCompletionChunk.Delta.content(text);
      case AnswerPart.Reasoning(String text) ->
          withReasoning ? ChatCompletionChunk.Delta.reasoning(text) : null;
      case AnswerPart.CallStart(int index, String callId, String name) ->
          ChatCompletionChunk.Delta.call(
              new ChatCompletionChunk.ToolCallDelta(
                  index,
                  callId,
                  "function",
                  new ChatCompletionChunk.ToolCallDelta.Function(name, "")));
      case AnswerPart.CallArguments(int index, String text) ->
          ChatCompletionChunk.Delta.call(
              new ChatCompletionChunk.ToolCallDelta(
                  index, null, null, new ChatCompletionChunk.ToolCallDelta.Function(null, text)));
    };
  }

  private ChatCompletionChunk end(AnswerReader.Understood delta) {
    return chunk(
        List.of(
            new ChatCompletionChunk.Choice(
                delta.choice(),
                ChatCompletionChunk.Delta.NOTHING,
                null,
                delta.finishReason(),
                stopReason(delta.finishReason(), delta.delta().ending()),
                null,
                delta.delta().ending().error())),
        null);
  }

  /** That a call ended is no stop string of the client's. */
  private static Object stopReason(String finishReason, ChoiceDelta.Ending ending) {
    return finishReason.equals("tool_calls") ? null : ending.stopReason();
  }

  private ChatCompletionChunk usageChunk(Generation generation) {
    return new ChatCompletionChunk(
        id,
        "chat.completion.chunk",
        created,
        call.model().id(),
        List.of(),
        serviceTier,
        null,
        usage(generation),
        null);
  }

  /**
   * @param tokens what is reported of them, or null for none
   */
  private ChatCompletionChunk chunk(
      int choice,
      ChatCompletionChunk.Delta delta,
      List<SampledToken> tokens,
      List<Integer> promptTokenIds) {
    return chunk(
        List.of(
            new ChatCompletionChunk.Choice(
                choice,
                delta,
                withLogprobs && tokens != null && !tokens.isEmpty() ? texts.chat(tokens) : null,
                null,
                null,
                withTokenIds && tokens != null ? ChoiceText.ids(tokens) : null,
                null)),
        promptTokenIds);
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
        streamUsage.soFar(),
        promptTokenIds);
  }

  private List<Integer> promptTokenIds() {
    return withTokenIds ? ChoiceText.ids(call.prompts().getFirst()) : null;
  }
}
