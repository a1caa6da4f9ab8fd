package io.penstock.engine.grammar.schema;

import static io.penstock.engine.grammar.schema.JsonExprs.COMMA;

import io.penstock.engine.grammar.expr.Expr;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * What stands between an object's braces: named members in their order, some of which may be left
 * out, then any number of others; not fewer and not more than are asked for. What may follow
 * depends on how many were written only, so parts are shared.
 */
final class Members {
  private static final int MOST_COUNTED = 50_000; // members times counts

  private final List<Member> named;
  private final Expr other;
  private int least;
  private int most;

  record Member(Expr text, boolean required) {}

  /**
   * @param other nothing where there are none
   */
  Members(List<Member> named, Expr other) {
    this.named = named;
    this.other = other;
  }

  /** Within {@code minProperties} and {@code maxProperties} of a schema. */
  Expr within(JsonNode schema, Path path) {
    least = SchemaCompiler.count(schema, "minProperties", 0, path);
    most = SchemaCompiler.count(schema, "maxProperties", Expr.UNLIMITED, path);
    int required = (int) named.stream().filter(Member::required).count();
    if (most != Expr.UNLIMITED && most < Math.max(required, least)) {
      throw path.to("maxProperties")
          .contradiction("'maxProperties' is less than what must be there.");
    }
    if (least <= required) {
      least = 0;
    }
    if (other == Expr.NOTHING && most >= named.size()) {
      most = Expr.UNLIMITED;
    }
    // Others may have the same name twice, which counts once: only one of them is sure to count.
    if (least > named.size() + (other == Expr.NOTHING ? 0 : 1)) {
      String problem =
          "'minProperties' is more than the named properties%s can be sure to be."
              .formatted(other == Expr.NOTHING ? "" : " and one other");
      throw other == Expr.NOTHING
          ? path.to("minProperties").contradiction(problem)
          : path.to("minProperties").fault(problem);
    }
    int counted = Math.min(named.size(), Math.max(least, most)); // UNLIMITED is below all
    if ((long) named.size() * counted > MOST_COUNTED) {
      throw path.fault(
          "'minProperties' and 'maxProperties' are not supported beside so many properties.");
    }
    return written(Math.max(1, counted));
  }

  /**
   * @param last count that stands for all larger ones
   */
  private Expr written(int last) {
    Expr[] rest = new Expr[last + 1]; // what may follow, by what was written
    for (int count = 0; count <= last; count++) {
      rest[count] = others(count);
    }
    for (int i = named.size() - 1; i >= 0; i--) {
      Member member = named.get(i);
      Expr[] from = new Expr[last + 1];
      for (int count = 0; count <= last; count++) {
        Expr with =
            most != Expr.UNLIMITED && count >= most
                ? Expr.NOTHING
                : Expr.seq(
                    count == 0 ? Expr.EMPTY : COMMA, member.text, rest[Math.min(last, count + 1)]);
        from[count] = member.required ? with : Expr.alt(with, rest[count]);
      }
      rest = from;
    }
    return rest[0];
  }

  private Expr others(int count) {
    int lacking = Math.max(0, least - count);
    boolean tooMany = most != Expr.UNLIMITED && count > most;
    if (tooMany || lacking > 1 || lacking == 1 && other == Expr.NOTHING) {
      return Expr.NOTHING;
    }
    int room = most == Expr.UNLIMITED ? Expr.UNLIMITED : most - count;
    if (other == Expr.NOTHING || room == 0) {
      return Expr.EMPTY;
    }
    if (count > 0) {
      return Expr.repeat(Expr.seq(COMMA, other), lacking, room);
    }
    Expr more =
        Expr.repeat(Expr.seq(COMMA, other), 0, room == Expr.UNLIMITED ? Expr.UNLIMITED : room - 1);
    Expr some = Expr.seq(other, more);
    return lacking > 0 ? some : Expr.alt(some, Expr.EMPTY);
  }
}
