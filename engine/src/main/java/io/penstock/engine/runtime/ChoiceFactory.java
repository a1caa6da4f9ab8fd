package io.penstock.engine.runtime;

import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.sampling.SamplingState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Prepares sampling and output of a request's choices. */
final class ChoiceFactory {
  private final Set<Integer> modelEndTokens;
  private final TextStream.Factory texts;

  /**
   * @param modelEndTokens ids that end a text, unless a request ignores them
   */
  ChoiceFactory(Set<Integer> modelEndTokens, TextStream.Factory texts) {
    this.modelEndTokens = Set.copyOf(modelEndTokens);
    this.texts = texts;
  }

  List<Choice> create(ActiveRequest owner) {
    GenerateRequest request = owner.request;
    SamplingParams params = request.sampling();
    Set<Integer> endTokens = params.ignoreEos() ? Set.of() : modelEndTokens;
    Set<Integer> notBeforeMinimum = new HashSet<>(endTokens);
    notBeforeMinimum.addAll(params.stopTokenIds());
    int[] suppressed = notBeforeMinimum.stream().mapToInt(Integer::intValue).toArray();
    List<Choice> choices = new ArrayList<>(params.n());
    for (int i = 0; i < params.n(); i++) {
      choices.add(
          new Choice(
              owner,
              i,
              new SamplingState(
                  params,
                  owner.seed,
                  i,
                  request.promptTokens(),
                  suppressed,
                  owner.grammar == null ? null : owner.grammar.matcher()),
              texts.open(request.promptTokens(), params),
              endTokens));
    }
    return choices;
  }
}
