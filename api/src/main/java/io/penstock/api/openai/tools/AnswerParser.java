package io.penstock.api.openai.tools;

import java.util.ArrayList;
import java.util.List;

/**
 * Takes the text of one choice apart as it comes: thoughts, content, tool calls. The parts depend
 * on the whole text only and not on how it was cut into pieces, but for where their own cuts are.
 * Not thread-safe.
 */
public final class AnswerParser {
  private final List<AnswerPart> parts = new ArrayList<>();
  private final CallReader calls;
  private final Thinking thinking;

  public AnswerParser(AnswerStyle style) {
    this.calls =
        style.calls() == null
            ? null
            : new CallReader(style.calls(), style.names(), style.parallel(), style.forced(), parts);
    this.thinking =
        style.thinks()
            ? new Thinking(
                style.withinThoughts(),
                text -> parts.add(new AnswerPart.Reasoning(text)),
                this::answer)
            : null;
  }

  private void answer(String text) {
    if (calls != null) {
      calls.add(text);
    } else if (!text.isEmpty()) {
      parts.add(new AnswerPart.Content(text));
    }
  }

  /** What became certain with this text. */
  public List<AnswerPart> add(String text) {
    if (thinking != null) {
      thinking.add(text);
    } else {
      answer(text);
    }
    return take();
  }

  /**
   * What was held back; the answer is over.
   *
   * @param cut whether its length ended it and not the model
   */
  public List<AnswerPart> end(boolean cut) {
    if (thinking != null) {
      thinking.end(cut);
    }
    if (calls != null) {
      calls.end(cut);
    }
    return take();
  }

  private List<AnswerPart> take() {
    List<AnswerPart> taken = List.copyOf(parts);
    parts.clear();
    return taken;
  }

  /** Whether a tool has been called. */
  public boolean callsTools() {
    return calls != null && calls.calls() > 0;
  }

  /** Whether what comes next belongs to the thoughts. */
  public boolean thinking() {
    return thinking != null && thinking.within();
  }
}
