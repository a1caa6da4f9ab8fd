package io.penstock.api.openai;

import io.penstock.api.gateway.ChoiceDelta;
import io.penstock.api.gateway.SampledToken;
import io.penstock.api.openai.tools.AnswerPart;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** One choice of a chat that is not streamed, put together from what its deltas mean. */
public final class AnswerText {
  /** A call of a tool. */
  public record Call(String id, String name, String arguments) {}

  private final StringBuilder content = new StringBuilder();
  private final StringBuilder reasoning = new StringBuilder();
  private final List<AnswerPart.CallStart> calls = new ArrayList<>();
  private final List<StringBuilder> arguments = new ArrayList<>();
  private final List<SampledToken> tokens = new ArrayList<>();
  private ChoiceDelta.Ending ending;
  private String finishReason;

  static List<AnswerText> list(int choices) {
    return IntStream.range(0, choices).mapToObj(_ -> new AnswerText()).toList();
  }

  public void add(AnswerReader.Understood understood) {
    tokens.addAll(understood.tokens());
    understood.parts().forEach(this::add);
    if (understood.finishReason() != null) {
      ending = understood.delta().ending();
      finishReason = understood.finishReason();
    }
  }

  private void add(AnswerPart part) {
    switch (part) {
      case AnswerPart.Reasoning(String text) -> reasoning.append(text);
      case AnswerPart.Content(String text) -> content.append(text);
      case AnswerPart.CallStart start -> {
        calls.add(start);
        arguments.add(new StringBuilder());
      }
      case AnswerPart.CallArguments(int index, String text) -> arguments.get(index).append(text);
    }
  }

  public String content() {
    return content.toString();
  }

  /** Null when there are no thoughts. */
  public String reasoning() {
    return reasoning.isEmpty() ? null : reasoning.toString();
  }

  public List<Call> calls() {
    return IntStream.range(0, calls.size())
        .mapToObj(
            i -> new Call(calls.get(i).id(), calls.get(i).name(), arguments.get(i).toString()))
        .toList();
  }

  List<SampledToken> tokens() {
    return tokens;
  }

  public String finishReason() {
    return finishReason;
  }

  public ChoiceDelta.Ending ending() {
    return ending;
  }
}
