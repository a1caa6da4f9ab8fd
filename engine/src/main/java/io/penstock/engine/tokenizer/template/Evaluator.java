package io.penstock.engine.tokenizer.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Evaluates expressions with Python's semantics. */
final class Evaluator {
  private final Budget budget;

  Evaluator(Budget budget) {
    this.budget = budget;
  }

  Object evaluate(Expr expression, Scope scope) {
    budget.enter();
    try {
      return switch (expression) {
        case Expr.Constant constant -> constant.value();
        case Expr.Name name -> scope.get(name.name());
        case Expr.ListOf list -> all(list.items(), scope);
        case Expr.TupleOf tuple -> Tuple.of(all(tuple.items(), scope));
        case Expr.DictOf dict -> dict(dict, scope);
        case Expr.Negative negative -> sign(negative.operand(), true, scope);
        case Expr.Positive positive -> sign(positive.operand(), false, scope);
        case Expr.Binary binary ->
            Operators.apply(
                binary.operator(),
                evaluate(binary.left(), scope),
                evaluate(binary.right(), scope),
                budget);
        case Expr.Compare compare -> compare(compare, scope);
        case Expr.And and -> {
          Object left = evaluate(and.left(), scope);
          yield Values.truth(left) ? evaluate(and.right(), scope) : left;
        }
        case Expr.Or or -> {
          Object left = evaluate(or.left(), scope);
          yield Values.truth(left) ? left : evaluate(or.right(), scope);
        }
        case Expr.Not not -> !Values.truth(evaluate(not.operand(), scope));
        case Expr.Conditional choice -> conditional(choice, scope);
        case Expr.Concat concat -> concat(concat, scope);
        case Expr.Attribute attribute ->
            Attributes.attribute(evaluate(attribute.object(), scope), attribute.name());
        case Expr.Item item ->
            Attributes.item(evaluate(item.object(), scope), evaluate(item.key(), scope));
        case Expr.Slice slice ->
            Attributes.slice(
                evaluate(slice.object(), scope),
                optional(slice.start(), scope),
                optional(slice.stop(), scope),
                optional(slice.step(), scope),
                budget);
        case Expr.Call call ->
            call(evaluate(call.function(), scope), arguments(call.arguments(), scope));
        case Expr.Filter filter -> filter(filter, evaluate(filter.input(), scope), scope);
        case Expr.Test test ->
            Tests.apply(
                test.name(),
                evaluate(test.input(), scope),
                arguments(test.arguments(), scope),
                budget);
      };
    } finally {
      budget.exit();
    }
  }

  /** Calls with one more keyword argument. */
  Object callWith(Expr.Call call, String keyword, Object value, Scope scope) {
    Arguments arguments = arguments(call.arguments(), scope);
    Map<String, Object> keywords = new LinkedHashMap<>(arguments.keywords());
    keywords.put(keyword, value);
    return call(evaluate(call.function(), scope), new Arguments(arguments.positional(), keywords));
  }

  /** Applies a chain of filters whose innermost input stands for the text. */
  Object filterText(Expr filters, String text, Scope scope) {
    Expr.Filter filter = (Expr.Filter) filters;
    Object input = filter.input() == null ? text : filterText(filter.input(), text, scope);
    return filter(filter, input, scope);
  }

  private Object filter(Expr.Filter filter, Object input, Scope scope) {
    return Filters.apply(filter.name(), input, arguments(filter.arguments(), scope), budget);
  }

  private Object call(Object function, Arguments arguments) {
    return switch (function) {
      case Callable callable -> callable.call(arguments, budget);
      case Undefined undefined -> throw undefined.error();
      case null, default ->
          throw new TemplateException(
              "'%s' object is not callable".formatted(Types.name(function)));
    };
  }

  private Arguments arguments(Expr.CallArguments written, Scope scope) {
    if (written == Expr.CallArguments.NONE) {
      return Arguments.NONE;
    }
    List<Object> positional = all(written.positional(), scope);
    if (written.star() != null) {
      positional.addAll(Values.toList(evaluate(written.star(), scope), budget));
    }
    Map<String, Object> keywords = new LinkedHashMap<>();
    for (int i = 0; i < written.names().size(); i++) {
      keywords.put(written.names().get(i), evaluate(written.named().get(i), scope));
    }
    if (written.doubleStar() != null) {
      if (!(evaluate(written.doubleStar(), scope) instanceof Map<?, ?> more)) {
        throw new TemplateException("argument after ** must be a mapping");
      }
      more.forEach((name, value) -> keywords.put(Repr.text(name), value));
    }
    return new Arguments(positional, keywords);
  }

  private List<Object> all(List<Expr> expressions, Scope scope) {
    List<Object> values = new ArrayList<>(expressions.size());
    for (Expr expression : expressions) {
      values.add(evaluate(expression, scope));
    }
    return values;
  }

  private Object optional(Expr expression, Scope scope) {
    return expression == null ? null : evaluate(expression, scope);
  }

  private Object dict(Expr.DictOf dict, Scope scope) {
    Map<Object, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < dict.keys().size(); i++) {
      Object key = Values.key(evaluate(dict.keys().get(i), scope));
      map.put(key, evaluate(dict.values().get(i), scope));
    }
    return map;
  }

  private Object sign(Expr operand, boolean negative, Scope scope) {
    Object value = evaluate(operand, scope);
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (!Types.isNumber(value)) {
      throw new TemplateException(
          "bad operand type for unary %s: '%s'".formatted(negative ? "-" : "+", Types.name(value)));
    }
    return negative ? Numbers.negate(value) : Numbers.add(value, 0L);
  }

  private Object compare(Expr.Compare compare, Scope scope) {
    Object left = evaluate(compare.first(), scope);
    for (int i = 0; i < compare.operators().size(); i++) {
      Object right = evaluate(compare.others().get(i), scope);
      if (!Operators.compare(compare.operators().get(i), left, right, budget)) {
        return false;
      }
      left = right;
    }
    return true;
  }

  private Object conditional(Expr.Conditional choice, Scope scope) {
    if (Values.truth(evaluate(choice.test(), scope))) {
      return evaluate(choice.then(), scope);
    }
    return choice.otherwise() == null
        ? new Undefined("the inline if-expression evaluated to false and has no else")
        : evaluate(choice.otherwise(), scope);
  }

  private Object concat(Expr.Concat concat, Scope scope) {
    StringBuilder text = new StringBuilder();
    for (Expr part : concat.parts()) {
      text.append(Repr.text(evaluate(part, scope)));
      budget.chars(text.length());
    }
    return text.toString();
  }
}
