package io.penstock.engine.grammar.automaton;

/**
 * Where to go on when a rule ends, and below it where its caller goes on: a persistent stack, whose
 * lower parts are shared. Null is the empty one.
 */
final class Frame {
  final Node then;
  final Frame below;
  private final int hash;

  Frame(Node then, Frame below) {
    this.then = then;
    this.below = below;
    this.hash = 31 * (below == null ? 7 : below.hash) + then.id;
  }

  static boolean same(Frame a, Frame b) {
    Frame x = a;
    Frame y = b;
    while (x != y) {
      if (x == null || y == null || x.hash != y.hash || x.then != y.then) {
        return false;
      }
      x = x.below;
      y = y.below;
    }
    return true;
  }

  static int hash(Frame frame) {
    return frame == null ? 7 : frame.hash;
  }
}
