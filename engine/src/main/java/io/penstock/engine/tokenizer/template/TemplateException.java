package io.penstock.engine.tokenizer.template;

/** A template is malformed, failed, or refused its input with {@code raise_exception}. */
public final class TemplateException extends RuntimeException {
  private final int line;
  private final boolean raised;

  TemplateException(String message) {
    this(message, 0, false);
  }

  private TemplateException(String message, int line, boolean raised) {
    super(message);
    this.line = line;
    this.raised = raised;
  }

  /** A rendering that cannot begin. */
  public static TemplateException because(String message) {
    return new TemplateException(message);
  }

  /** The template itself refuses its input; the message is the template author's. */
  static TemplateException raised(String message) {
    return new TemplateException(message, 0, true);
  }

  /** The same with the line where it happened, unless that is known or the message is no error. */
  TemplateException at(int where) {
    if (line > 0 || where <= 0) {
      return this;
    }
    String message = raised ? getMessage() : "line " + where + ": " + getMessage();
    TemplateException located = new TemplateException(message, where, raised);
    located.setStackTrace(getStackTrace());
    return located;
  }

  /** Line of the template, from 1; 0 when unknown. */
  public int line() {
    return line;
  }

  /** Whether the template called {@code raise_exception}. */
  public boolean isRaised() {
    return raised;
  }
}
