package io.penstock.engine.tokenizer.template;

import java.util.List;

/** Looks for loops over a value of a given name. */
final class LoopFinder {
  private LoopFinder() {}

  static boolean iteratesOver(List<Stmt> body, String name) {
    return body.stream().anyMatch(statement -> iteratesOver(statement, name));
  }

  private static boolean iteratesOver(Stmt statement, String name) {
    return switch (statement) {
      case Stmt.For loop ->
          isNamed(loop.items(), name)
              || iteratesOver(loop.body(), name)
              || iteratesOver(loop.otherwise(), name);
      case Stmt.If choice ->
          choice.bodies().stream().anyMatch(body -> iteratesOver(body, name))
              || iteratesOver(choice.otherwise(), name);
      case Stmt.SetBlock set -> iteratesOver(set.body(), name);
      case Stmt.With with -> iteratesOver(with.body(), name);
      case Stmt.MacroDefinition macro -> iteratesOver(macro.body(), name);
      case Stmt.CallBlock call -> iteratesOver(call.body(), name);
      case Stmt.FilterBlock filter -> iteratesOver(filter.body(), name);
      case Stmt.Block block -> iteratesOver(block.body(), name);
      case Stmt.Data d -> false;
      case Stmt.Print p -> false;
      case Stmt.Break b -> false;
      case Stmt.Continue c -> false;
      case Stmt.Set s -> false;
    };
  }

  private static boolean isNamed(Expr items, String name) {
    return switch (items) {
      case Expr.Name variable -> variable.name().equals(name);
      case Expr.Attribute attribute -> attribute.name().equals(name);
      case Expr.Item item -> item.key() instanceof Expr.Constant(Object key) && name.equals(key);
      case Expr.Filter filter -> filter.input() != null && isNamed(filter.input(), name);
      case Expr.Slice slice -> isNamed(slice.object(), name);
      default -> false;
    };
  }
}
