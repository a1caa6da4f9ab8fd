package io.penstock.engine.runtime;

import io.penstock.engine.client.EmbedRequest;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.sampling.SamplingState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Prepares sampling and output of a request's choices, or the pooling of its inputs. */
final class ChoiceFactory {
  private final Set<Integer> modelEndTokens;
  private final TextStream.Factory texts;
  private final float[] state;

  /**
   * @param modelEndTokens ids that end a text, unless a request ignores them
   * @param stateWidth components of a hidden state
   */
  ChoiceFactory(Set<Integer> modelEndTokens, TextStream.Factory texts, int stateWidth) {
    this.modelEndTokens = Set.copyOf(modelEndTokens);
    this.texts = texts;
    this.state = new float[stateWidth];
  }

  List<? extends Work> create(ActiveRequest owner) {
    return switch (owner.request) {
      case GenerateRequest request -> choices(owner, request);
      case EmbedRequest request -> inputs(owner, request);
    };
  }

  private List<EmbeddedInput> inputs(ActiveRequest owner, EmbedRequest request) {
    List<EmbeddedInput> inputs = new ArrayList<>(request.inputs().size());
    for (int i = 0; i < request.inputs().size(); i++) {
      inputs.add(new EmbeddedInput(owner, i, request, state));
    }
    return inputs;
  }

  private List<Choice> choices(ActiveRequest owner, GenerateRequest request) {
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
              request,
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
