package io.penstock.api.openai;

import io.penstock.api.gateway.ChoiceDelta;
import io.penstock.api.gateway.SampledToken;
import io.penstock.api.openai.tools.AnswerParser;
import io.penstock.api.openai.tools.AnswerPart;
import io.penstock.api.openai.tools.AnswerStyle;
import io.penstock.engine.core.FinishReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Understands the deltas of one chat: a parser for each choice. Not thread-safe. */
public final class AnswerReader {
  /**
   * A delta that is understood.
   *
   * @param finishReason in OpenAI's words, or null while the choice goes on
   */
  public record Understood(ChoiceDelta delta, List<AnswerPart> parts, String finishReason) {
    public int choice() {
      return delta.choice();
    }

    public List<SampledToken> tokens() {
      return delta.tokens();
    }
  }

  private final List<AnswerParser> parsers;
  private final int endOfThoughts;
  private int reasoningTokens;

  /**
   * @param endOfThoughts the token that ends thoughts, or -1 when several spell it
   */
  AnswerReader(AnswerStyle style, int choices, int endOfThoughts) {
    this.parsers = IntStream.range(0, choices).mapToObj(_ -> new AnswerParser(style)).toList();
    this.endOfThoughts = endOfThoughts;
  }

  /** In the order of the deltas. */
  public Understood read(ChoiceDelta delta) {
    AnswerParser parser = parsers.get(delta.choice());
    boolean thought = parser.thinking();
    List<AnswerPart> parts = parser.add(delta.text());
    if (delta.ending() != null) {
      parts =
          Stream.concat(
                  parts.stream(),
                  parser.end(delta.ending().reason() == FinishReason.LENGTH).stream())
              .toList();
    }
    if (thought || parser.thinking() || parts.stream().anyMatch(this::isReasoning)) {
      reasoningTokens += thoughtTokens(delta.tokens());
    }
    return new Understood(delta, joined(parts), finishReason(delta.ending(), parser));
  }

  private boolean isReasoning(AnswerPart part) {
    return part instanceof AnswerPart.Reasoning;
  }

  private int thoughtTokens(List<SampledToken> tokens) {
    for (int i = 0; i < tokens.size(); i++) {
      if (tokens.get(i).id() == endOfThoughts) {
        return i + 1;
      }
    }
    return tokens.size();
  }

  private static String finishReason(ChoiceDelta.Ending ending, AnswerParser parser) {
    if (ending == null) {
      return null;
    }
    return ending.reason() == FinishReason.STOP && parser.callsTools()
        ? "tool_calls"
        : ending.reason().name().toLowerCase(Locale.ROOT);
  }

  /** Neighbours of a kind as one. */
  private static List<AnswerPart> joined(List<AnswerPart> parts) {
    if (parts.size() < 2) {
      return parts;
    }
    List<AnswerPart> result = new ArrayList<>(parts.size());
    for (AnswerPart part : parts) {
      AnswerPart last = result.isEmpty() ? null : result.getLast();
      AnswerPart both = last == null ? null : both(last, part);
      if (both == null) {
        result.add(part);
      } else {
        result.set(result.size() - 1, both);
      }
    }
    return result;
  }

  private static AnswerPart both(AnswerPart first, AnswerPart second) {
    if (first instanceof AnswerPart.Content(String a)
        && second instanceof AnswerPart.Content(String b)) {
      return new AnswerPart.Content(a + b);
    }
    if (first instanceof AnswerPart.Reasoning(String a)
        && second instanceof AnswerPart.Reasoning(String b)) {
      return new AnswerPart.Reasoning(a + b);
    }
    return first instanceof AnswerPart.CallArguments(int i, String a)
            && second instanceof AnswerPart.CallArguments(int j, String b)
            && i == j
        ? new AnswerPart.CallArguments(i, a + b)
        : null;
  }

  /** Tokens of thoughts so far, of all choices. */
  public int reasoningTokens() {
    return reasoningTokens;
  }
}
