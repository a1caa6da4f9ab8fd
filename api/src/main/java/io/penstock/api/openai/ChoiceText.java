package io.penstock.api.openai;

import io.penstock.api.gateway.ChoiceDelta;
import io.penstock.api.gateway.SampledToken;
import io.penstock.api.platform.error.OpenAiError;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** One choice of an answer that is not streamed, put together from its deltas. */
final class ChoiceText {
  private final StringBuilder text = new StringBuilder();
  private final List<SampledToken> tokens = new ArrayList<>();
  private ChoiceDelta.Ending ending;

  static List<ChoiceText> list(int choices) {
    return IntStream.range(0, choices).mapToObj(_ -> new ChoiceText()).toList();
  }

  static void add(List<ChoiceText> choices, ChoiceDelta delta) {
    ChoiceText choice = choices.get(delta.choice());
    choice.text.append(delta.text());
    choice.tokens.addAll(delta.tokens());
    choice.ending = delta.ending();
  }

  String text() {
    return text.toString();
  }

  List<SampledToken> tokens() {
    return tokens;
  }

  String finishReason() {
    return finishReason(ending);
  }

  Object stopReason() {
    return ending.stopReason();
  }

  /** The budget that ended it, or null. */
  OpenAiError.Body error() {
    return ending.error();
  }

  static String finishReason(ChoiceDelta.Ending ending) {
    return ending == null ? null : ending.reason().name().toLowerCase(Locale.ROOT);
  }

  static List<Integer> ids(List<SampledToken> tokens) {
    return tokens.stream().map(SampledToken::id).toList();
  }

  static List<Integer> ids(int[] tokens) {
    return Arrays.stream(tokens).boxed().toList();
  }
}
