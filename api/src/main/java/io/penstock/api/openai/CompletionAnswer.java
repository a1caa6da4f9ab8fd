package io.penstock.api.openai;

import io.penstock.api.gateway.ChoiceDelta;
import io.penstock.api.gateway.Generation;
import io.penstock.api.gateway.GenerationCall;
import io.penstock.api.gateway.SampledToken;
import io.penstock.api.platform.RequestContext;
import io.penstock.api.platform.ServiceTiers;
import java.util.List;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Brings a generation into the shape of a text completion. */
final class CompletionAnswer implements Answer {
  private final GenerationCall call;
  private final String id;
  private final long created;
  private final boolean echo;
  private final boolean withLogprobs;
  private final boolean withTokenIds;
  private final StreamUsage streamUsage;
  private final String serviceTier;
  private final TokenTexts texts;
  private final int[] offsets;
  private final boolean[] begun;

  CompletionAnswer(CompletionRequest request, GenerationCall call, RequestContext context) {
    this.call = call;
    this.id = context.requestId().replaceFirst("req_", "cmpl-");
    this.created = context.receivedAt().getEpochSecond();
    this.echo = Requests.isTrue(request.echo());
    this.withLogprobs = call.sampling().logprobs();
    this.withTokenIds = Requests.isTrue(request.returnTokenIds());
    this.streamUsage = new StreamUsage(request.streamOptions(), call);
    this.serviceTier = ServiceTiers.name(call.urgency().tier());
    this.texts = new TokenTexts(call.model());
    int choices = call.prompts().size() * call.sampling().n();
    this.offsets = new int[choices];
    this.begun = new boolean[choices];
  }

  @Override
  public GenerationCall call() {
    return call;
  }

  @Override
  public Mono<Completion> whole(Generation generation) {
    return generation
        .deltas()
        .collect(() -> ChoiceText.list(begun.length), ChoiceText::add)
        .map(
            choices ->
                completion(
                    IntStream.range(0, choices.size())
                        .mapToObj(i -> choice(i, choices.get(i), generation))
                        .toList(),
                    Usage.of(generation.outcome())));
  }

  private Completion.Choice choice(int index, ChoiceText choice, Generation generation) {
    String echoed = echoed(index);
    return new Completion.Choice(
        index,
        echoed + choice.text(),
        withLogprobs ? logprobs(index, choice.tokens(), true, generation) : null,
        choice.finishReason(),
        choice.stopReason(),
        withTokenIds ? ChoiceText.ids(choice.tokens()) : null,
        withTokenIds ? ChoiceText.ids(prompt(index)) : null,
        choice.error());
  }

  /** Text as it comes, the last of a choice with how it ended, then the usage. */
  @Override
  public Flux<Completion> stream(Generation generation) {
    Flux<Completion> stream =
        generation
            .deltas()
            .doOnNext(streamUsage::add)
            .filter(this::worthSending)
            .map(delta -> completion(List.of(choice(delta, generation)), streamUsage.soFar()));
    return streamUsage.atEnd()
        ? stream.concatWith(
            Mono.fromSupplier(() -> completion(List.of(), Usage.of(generation.outcome()))))
        : stream;
  }

  private boolean worthSending(ChoiceDelta delta) {
    return !delta.text().isEmpty()
        || delta.ending() != null
        || withLogprobs
        || withTokenIds
        || echo && !begun[delta.choice()];
  }

  private Completion.Choice choice(ChoiceDelta delta, Generation generation) {
    int index = delta.choice();
    boolean first = !begun[index];
    begun[index] = true;
    return new Completion.Choice(
        index,
        (first ? echoed(index) : "") + delta.text(),
        withLogprobs ? logprobs(index, delta.tokens(), first, generation) : null,
        ChoiceText.finishReason(delta.ending()),
        delta.ending() == null ? null : delta.ending().stopReason(),
        withTokenIds ? ChoiceText.ids(delta.tokens()) : null,
        withTokenIds && first ? ChoiceText.ids(prompt(index)) : null,
        delta.ending() == null ? null : delta.ending().error());
  }

  /** Of the tokens that come next in a choice, behind those of its prompt if that is echoed. */
  private TokenTexts.CompletionLogprobs logprobs(
      int choice, List<SampledToken> tokens, boolean first, Generation generation) {
    TokenTexts.CompletionLogprobs prompt = null;
    if (first && echo) {
      boolean skip = call.sampling().skipSpecialTokens();
      prompt = texts.prompt(generation.promptTokens(choice / call.sampling().n()), skip);
      offsets[choice] = echoed(choice).length();
    }
    TokenTexts.CompletionLogprobs more = texts.completion(tokens, offsets[choice]);
    offsets[choice] += more.tokens().stream().mapToInt(String::length).sum();
    return prompt == null ? more : prompt.and(more);
  }

  private String echoed(int choice) {
    return echo ? call.model().decode(prompt(choice), call.sampling().skipSpecialTokens()) : "";
  }

  private int[] prompt(int choice) {
    return call.prompts().get(choice / call.sampling().n());
  }

  private Completion completion(List<Completion.Choice> choices, Object usage) {
    return new Completion(
        id, "text_completion", created, call.model().id(), choices, serviceTier, null, usage);
  }
}
