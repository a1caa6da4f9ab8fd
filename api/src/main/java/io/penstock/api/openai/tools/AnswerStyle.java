package io.penstock.api.openai.tools;

import java.util.Set;

/**
 * How the text of an answer is to be understood.
 *
 * @param thinks whether the model may think before it answers
 * @param withinThoughts whether its prompt ended within the thoughts
 * @param calls how it calls tools; null when it has none to call
 * @param names of the tools
 * @param parallel whether it may call several at once
 * @param forced whether it can do nothing but call: its prompt ended with the opening of a call
 */
public record AnswerStyle(
    boolean thinks,
    boolean withinThoughts,
    ToolConvention calls,
    Set<String> names,
    boolean parallel,
    boolean forced) {

  /** Text and nothing else. */
  public static final AnswerStyle PLAIN =
      new AnswerStyle(false, false, null, Set.of(), true, false);

  /** Whether every text is content as it is. */
  public boolean plain() {
    return !thinks && calls == null;
  }

  /** The same for a model with this template, after this prompt. */
  public AnswerStyle thinkingAs(String template, String prompt) {
    boolean known = Thinking.isKnownTo(template) && !forced;
    return new AnswerStyle(
        known,
        known && prompt.stripTrailing().endsWith(Thinking.OPEN),
        calls,
        names,
        parallel,
        forced);
  }
}
