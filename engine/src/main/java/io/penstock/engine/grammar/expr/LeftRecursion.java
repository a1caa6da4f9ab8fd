package io.penstock.engine.grammar.expr;

import java.util.ArrayList;
import java.util.List;

/** Rules that begin with themselves, which automata that read from the left cannot follow. */
final class LeftRecursion {
  private LeftRecursion() {}

  /**
   * A rule's body, where it begins with the rule itself in some of its alternatives, as a
   * repetition: {@code a ::= a x | y} is {@code y x*}. Rules that begin with themselves by way of
   * others are left as they are.
   */
  static Expr resolved(Rule rule, Expr body) {
    List<Expr> options = body instanceof Expr.Alt alt ? alt.options() : List.of(body);
    List<Expr> first = new ArrayList<>();
    List<Expr> further = new ArrayList<>();
    for (Expr option : options) {
      if (isCall(option, rule)) {
        continue; // it says nothing
      }
      if (option instanceof Expr.Seq seq
          && !seq.parts().isEmpty()
          && isCall(seq.parts().getFirst(), rule)) {
        further.add(Expr.seq(seq.parts().subList(1, seq.parts().size())));
      } else {
        first.add(option);
      }
    }
    if (first.isEmpty() || first.size() == options.size()) {
      return body;
    }
    return Expr.seq(Expr.alt(first), Expr.star(Expr.alt(further)));
  }

  private static boolean isCall(Expr expr, Rule rule) {
    return expr instanceof Expr.Call call && call.rule() == rule;
  }
}
