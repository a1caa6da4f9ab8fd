package io.penstock.api.openai;

import io.penstock.api.gateway.ChoiceDelta;
import io.penstock.api.gateway.Generation;
import io.penstock.api.gateway.GenerationCall;
import io.penstock.api.platform.RequestContext;
import io.penstock.api.platform.ServiceTiers;
import java.util.List;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.NullNode;

/** Brings a generation into the shape of a text completion. */
final class CompletionAnswer {
  private final GenerationCall call;
  private final String id;
  private final long created;
  private final boolean echo;
  private final boolean withLogprobs;
  private final boolean withTokenIds;
  private final boolean withUsage;
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
    this.withUsage = Requests.includeUsage(request.stream(), request.streamOptions());
    this.serviceTier = ServiceTiers.name(call.urgency().tier());
    this.texts = new TokenTexts(call.model());
    int choices = call.prompts().size() * call.sampling().n();
    this.offsets = new int[choices];
    this.begun = new boolean[choices];
  }

  Mono<Completion> whole(Generation generation) {
    return generation
        .deltas()
        .collect(() -> ChoiceText.list(begun.length), ChoiceText::add)
        .map(
            choices ->
                completion(
                    IntStream.range(0, choices.size())
                        .mapToObj(i -> choice(i, choices.get(i)))
                        .toList(),
                    Usage.of(generation.outcome())));
  }

  private Completion.Choice choice(int index, ChoiceText choice) {
    return new Completion.Choice(
        index,
        echoed(index) + choice.text(),
        withLogprobs ? texts.completion(choice.tokens(), 0) : null,
        choice.finishReason(),
        choice.stopReason(),
        withTokenIds ? ChoiceText.ids(choice.tokens()) : null,
        withTokenIds ? ChoiceText.ids(prompt(index)) : null,
        choice.error());
  }

  /** Text as it comes, the last of a choice with how it ended, then the usage. */
  Flux<Completion> stream(Generation generation) {
    Flux<Completion> stream =
        generation
            .deltas()
            .filter(this::worthSending)
            .map(
                delta ->
                    completion(List.of(choice(delta)), withUsage ? NullNode.getInstance() : null));
    return withUsage
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

  private Completion.Choice choice(ChoiceDelta delta) {
    int index = delta.choice();
    boolean first = !begun[index];
    begun[index] = true;
    TokenTexts.CompletionLogprobs logprobs = null;
    if (withLogprobs) {
      logprobs = texts.completion(delta.tokens(), offsets[index]);
      offsets[index] += logprobs.tokens().stream().mapToInt(String::length).sum();
    }
    return new Completion.Choice(
        index,
        (first ? echoed(index) : "") + delta.text(),
        logprobs,
        ChoiceText.finishReason(delta.ending()),
        delta.ending() == null ? null : delta.ending().stopReason(),
        withTokenIds ? ChoiceText.ids(delta.tokens()) : null,
        withTokenIds && first ? ChoiceText.ids(prompt(index)) : null,
        delta.ending() == null ? null : delta.ending().error());
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
