package io.penstock.engine.grammar.automaton;

/** A node that reads bytes, with the rules that are under way there. */
record Place(Node node, Frame stack) {

  @Override
  public boolean equals(Object o) {
    return o instanceof Place other && node == other.node && Frame.same(stack, other.stack);
  }

  @Override
  public int hashCode() {
    return 31 * node.id + Frame.hash(stack);
  }
}
