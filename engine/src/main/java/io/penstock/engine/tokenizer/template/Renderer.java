package io.penstock.engine.tokenizer.template;

import io.penstock.engine.tokenizer.template.Stmt.Target;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Runs the statements of one rendering. Not safe for use by several threads. */
final class Renderer {
  /** How a body ended. */
  private enum Flow {
    NORMAL,
    BREAK,
    CONTINUE
  }

  private final Budget budget = new Budget();
  private final Evaluator evaluator = new Evaluator(budget);
  private StringBuilder out = new StringBuilder();

  String render(List<Stmt> body, Map<String, Object> variables) {
    run(body, new Scope(variables));
    return out.toString();
  }

  Object evaluate(Expr expression, Scope scope) {
    return evaluator.evaluate(expression, scope);
  }

  /** The text that the statements give, instead of adding it to the output. */
  String capture(List<Stmt> body, Scope scope) {
    StringBuilder outer = out;
    out = new StringBuilder();
    try {
      run(body, scope);
      return out.toString();
    } finally {
      out = outer;
    }
  }

  private Flow run(List<Stmt> body, Scope scope) {
    for (Stmt statement : body) {
      budget.enter();
      try {
        Flow flow = run(statement, scope);
        if (flow != Flow.NORMAL) {
          return flow;
        }
      } catch (TemplateException e) {
        throw e.at(statement.line());
      } finally {
        budget.exit();
      }
    }
    return Flow.NORMAL;
  }

  private Flow run(Stmt statement, Scope scope) {
    switch (statement) {
      case Stmt.Data data -> write(data.text());
      case Stmt.Print print -> write(Repr.text(evaluate(print.value(), scope)));
      case Stmt.If choice -> {
        return runIf(choice, scope);
      }
      case Stmt.For loop -> runLoop(loop, evaluate(loop.items(), scope), scope, 1);
      case Stmt.Break b -> {
        return Flow.BREAK;
      }
      case Stmt.Continue c -> {
        return Flow.CONTINUE;
      }
      case Stmt.Set set -> assign(set.target(), evaluate(set.value(), scope), scope);
      case Stmt.SetBlock set ->
          assign(set.target(), filtered(set.filter(), set.body(), scope), scope);
      case Stmt.With with -> {
        Scope inner = scope.inner();
        for (int i = 0; i < with.targets().size(); i++) {
          assign(with.targets().get(i), evaluate(with.values().get(i), scope), inner);
        }
        return run(with.body(), inner);
      }
      case Stmt.MacroDefinition macro ->
          scope.set(
              macro.name(), new Macro(macro.name(), macro.signature(), macro.body(), scope, this));
      case Stmt.CallBlock block -> {
        Macro caller = new Macro("caller", block.signature(), block.body(), scope, this);
        write(Repr.text(evaluator.callWith(block.call(), "caller", caller, scope)));
      }
      case Stmt.FilterBlock block ->
          write(Repr.text(filtered(block.filter(), block.body(), scope)));
      case Stmt.Block block -> {
        return run(block.body(), scope);
      }
    }
    return Flow.NORMAL;
  }

  private Flow runIf(Stmt.If choice, Scope scope) {
    for (int i = 0; i < choice.tests().size(); i++) {
      if (Values.truth(evaluate(choice.tests().get(i), scope))) {
        return run(choice.bodies().get(i), scope);
      }
    }
    return run(choice.otherwise(), scope);
  }

  private void runLoop(Stmt.For statement, Object items, Scope scope, int depth) {
    Loop loop =
        new Loop(
            selected(statement, items, scope),
            depth,
            statement.recursive() ? inner -> recurse(statement, inner, scope, depth + 1) : null);
    if (!loop.hasNext()) {
      run(statement.otherwise(), scope.inner());
    }
    while (loop.hasNext()) {
      budget.step();
      Scope iteration = scope.inner();
      assign(statement.target(), loop.next(), iteration);
      iteration.set("loop", loop);
      if (run(statement.body(), iteration) == Flow.BREAK) {
        return;
      }
    }
  }

  private List<Object> selected(Stmt.For statement, Object items, Scope scope) {
    List<Object> all = Values.toList(items, budget);
    if (statement.condition() == null) {
      return all;
    }
    List<Object> selected = new ArrayList<>();
    for (Object item : all) {
      Scope inner = scope.inner();
      assign(statement.target(), item, inner);
      if (Values.truth(evaluate(statement.condition(), inner))) {
        selected.add(item);
      }
    }
    return selected;
  }

  private String recurse(Stmt.For statement, Object items, Scope scope, int depth) {
    StringBuilder outer = out;
    out = new StringBuilder();
    budget.enter();
    try {
      runLoop(statement, items, scope, depth);
      return out.toString();
    } finally {
      budget.exit();
      out = outer;
    }
  }

  private Object filtered(Expr filter, List<Stmt> body, Scope scope) {
    String text = capture(body, scope.inner());
    return filter == null ? text : evaluator.filterText(filter, text, scope);
  }

  private void assign(Target target, Object value, Scope scope) {
    switch (target) {
      case Target.Variable variable -> scope.set(variable.name(), value);
      case Target.NamespaceAttribute attribute -> {
        if (!(scope.get(attribute.namespace()) instanceof Namespace namespace)) {
          throw new TemplateException("cannot assign attribute on non-namespace object");
        }
        namespace.attributes().put(attribute.name(), value);
      }
      case Target.Several several -> {
        Iterator<?> values = Values.iterate(value);
        int expected = several.targets().size();
        for (int i = 0; i < expected; i++) {
          if (!values.hasNext()) {
            throw new TemplateException(
                "not enough values to unpack (expected %d, got %d)".formatted(expected, i));
          }
          assign(several.targets().get(i), values.next(), scope);
        }
        if (values.hasNext()) {
          throw new TemplateException(
              "too many values to unpack (expected %d)".formatted(expected));
        }
      }
    }
  }

  private void write(String text) {
    budget.checkLength((long) out.length() + text.length());
    budget.charge(text.length() >> 4);
    out.append(text);
  }
}
