package io.penstock.engine.tokenizer.template;

/**
 * Bounds what one rendering may take, so that no template and no message can hang or fill the
 * server. Steps are nodes evaluated plus work that grows with the data.
 */
final class Budget {
  static final long MAX_STEPS = 20_000_000;
  static final int MAX_CHARS = 16 << 20; // of the output, and of any one string
  static final int MAX_DEPTH = 600; // nested statements, expressions and macro calls
  static final int MAX_DATA_DEPTH = 600; // nested lists and dicts when printed

  private long steps = MAX_STEPS;
  private int depth;

  void step() {
    charge(1);
  }

  void charge(long cost) {
    steps -= cost;
    if (steps < 0) {
      throw new TemplateException("rendering takes more than " + MAX_STEPS + " steps");
    }
  }

  /** Accounts for a string about to be made. */
  void chars(long length) {
    checkLength(length);
    charge(length >> 4);
  }

  void checkLength(long length) {
    if (length > MAX_CHARS) {
      throw new TemplateException("text grows beyond " + MAX_CHARS + " characters");
    }
  }

  void enter() {
    if (++depth > MAX_DEPTH) {
      throw new TemplateException("nested deeper than " + MAX_DEPTH + " levels");
    }
    charge(1);
  }

  void exit() {
    depth--;
  }
}
