package io.penstock.engine.grammar.expr;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A language of bytes, as an expression. Expressions may share parts: they form a graph without
 * cycles, and recursion goes through {@link Rule}s. Compared by identity.
 */
public sealed interface Expr {
  int UNLIMITED = -1;

  /** The empty text. */
  Expr EMPTY = new Seq(List.of());

  /** No text at all. */
  Expr NOTHING = new Alt(List.of());

  /** Exactly these bytes. */
  final class Bytes implements Expr {
    private final byte[] bytes;

    private Bytes(byte[] bytes) {
      this.bytes = bytes;
    }

    /** Not to be written. */
    public byte[] bytes() {
      return bytes;
    }
  }

  /** One character of a set, which is not empty, in UTF-8. */
  final class Chars implements Expr {
    private final CodePoints set;

    private Chars(CodePoints set) {
      this.set = set;
    }

    public CodePoints set() {
      return set;
    }
  }

  /** One after the other. */
  final class Seq implements Expr {
    private final List<Expr> parts;

    private Seq(List<Expr> parts) {
      this.parts = parts;
    }

    public List<Expr> parts() {
      return parts;
    }
  }

  /** Any of them. */
  final class Alt implements Expr {
    private final List<Expr> options;

    private Alt(List<Expr> options) {
      this.options = options;
    }

    public List<Expr> options() {
      return options;
    }
  }

  /** A part {@code least} to {@code most} times. */
  final class Repeat implements Expr {
    private final Expr part;
    private final int least;
    private final int most;

    private Repeat(Expr part, int least, int most) {
      this.part = part;
      this.least = least;
      this.most = most;
    }

    public Expr part() {
      return part;
    }

    public int least() {
      return least;
    }

    /** Or {@link #UNLIMITED}. */
    public int most() {
      return most;
    }
  }

  /** What a rule says. */
  final class Call implements Expr {
    private final Rule rule;

    private Call(Rule rule) {
      this.rule = rule;
    }

    public Rule rule() {
      return rule;
    }
  }

  /** A regular language by its automaton. */
  final class Machine implements Expr {
    private final Dfa dfa;

    private Machine(Dfa dfa) {
      this.dfa = dfa;
    }

    public Dfa dfa() {
      return dfa;
    }
  }

  /** Any bytes without a trigger; or such bytes, the trigger, and what follows then. */
  final class Triggered implements Expr {
    private final byte[] trigger;
    private final Expr then;

    private Triggered(byte[] trigger, Expr then) {
      this.trigger = trigger;
      this.then = then;
    }

    /** Not to be written. */
    public byte[] trigger() {
      return trigger;
    }

    public Expr then() {
      return then;
    }
  }

  /** A regular expression with {@link Assertion}s among its bytes. */
  final class Asserting implements Expr {
    private final Expr part;
    private final boolean json;

    private Asserting(Expr part, boolean json) {
      this.part = part;
      this.json = json;
    }

    public Expr part() {
      return part;
    }

    /** Whether it is written within a JSON string, with its escapes. */
    public boolean isJson() {
      return json;
    }
  }

  // ---- construction

  static Expr text(String text) {
    return bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  static Expr bytes(byte[] bytes) {
    return bytes.length == 0 ? EMPTY : new Bytes(bytes);
  }

  static Expr chars(CodePoints set) {
    return set.isEmpty() ? NOTHING : new Chars(set);
  }

  static Expr seq(List<Expr> parts) {
    List<Expr> flat = new ArrayList<>();
    for (Expr part : parts) {
      if (part == NOTHING) {
        return NOTHING;
      }
      if (part instanceof Seq inner) {
        flat.addAll(inner.parts);
      } else {
        flat.add(part);
      }
    }
    if (flat.isEmpty()) {
      return EMPTY;
    }
    return flat.size() == 1 ? flat.getFirst() : new Seq(List.copyOf(flat));
  }

  static Expr seq(Expr... parts) {
    return seq(List.of(parts));
  }

  static Expr alt(List<Expr> options) {
    List<Expr> possible = options.stream().filter(option -> option != NOTHING).toList();
    if (possible.isEmpty()) {
      return NOTHING;
    }
    return possible.size() == 1 ? possible.getFirst() : new Alt(possible);
  }

  static Expr alt(Expr... options) {
    return alt(List.of(options));
  }

  static Expr optional(Expr part) {
    return repeat(part, 0, 1);
  }

  static Expr star(Expr part) {
    return repeat(part, 0, UNLIMITED);
  }

  /**
   * @param most or {@link #UNLIMITED}
   */
  static Expr repeat(Expr part, int least, int most) {
    if (most != UNLIMITED && most < least) {
      return NOTHING;
    }
    if (most == 0 || part == EMPTY) {
      return EMPTY;
    }
    if (part == NOTHING) {
      return least == 0 ? EMPTY : NOTHING;
    }
    return least == 1 && most == 1 ? part : new Repeat(part, least, most);
  }

  static Expr call(Rule rule) {
    return new Call(rule);
  }

  static Expr machine(Dfa dfa) {
    return dfa.isEmpty() ? NOTHING : new Machine(dfa);
  }

  static Expr asserting(Expr part, boolean json) {
    return part == NOTHING ? NOTHING : new Asserting(part, json);
  }

  static Expr triggered(String trigger, Expr then) {
    return new Triggered(trigger.getBytes(StandardCharsets.UTF_8), then);
  }
}
