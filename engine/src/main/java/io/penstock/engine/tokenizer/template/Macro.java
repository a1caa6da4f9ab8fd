package io.penstock.engine.tokenizer.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A macro or the body of a call block: renders its body with its parameters set, to a string. */
final class Macro implements Callable {
  private final String name;
  private final Stmt.Signature signature;
  private final List<Stmt> body;
  private final Scope definition;
  private final Renderer renderer;

  Macro(
      String name, Stmt.Signature signature, List<Stmt> body, Scope definition, Renderer renderer) {
    this.name = name;
    this.signature = signature;
    this.body = body;
    this.definition = definition;
    this.renderer = renderer;
  }

  String name() {
    return name;
  }

  Object attribute(String attribute) {
    return switch (attribute) {
      case "name" -> name;
      case "arguments" -> Tuple.of(signature.parameters());
      case "catch_kwargs" -> signature.kwargs();
      case "catch_varargs" -> signature.varargs();
      case "caller" -> signature.caller();
      default -> Undefined.attribute(this, attribute);
    };
  }

  @Override
  public Object call(Arguments arguments, Budget budget) {
    Scope scope = definition.inner();
    bind(arguments, scope);
    return renderer.capture(body, scope);
  }

  private void bind(Arguments arguments, Scope scope) {
    List<String> parameters = signature.parameters();
    Map<Object, Object> rest = new LinkedHashMap<>(arguments.keywords());
    int firstDefault = parameters.size() - signature.defaults().size();
    for (int i = 0; i < parameters.size(); i++) {
      String parameter = parameters.get(i);
      Object value;
      if (i < arguments.count()) {
        if (rest.containsKey(parameter)) {
          throw new TemplateException(
              "macro '%s' got two values for '%s'".formatted(name, parameter));
        }
        value = arguments.positional().get(i);
      } else if (rest.containsKey(parameter)) {
        value = rest.remove(parameter);
      } else if (i >= firstDefault) {
        value = renderer.evaluate(signature.defaults().get(i - firstDefault), scope);
      } else {
        value = new Undefined("parameter '%s' was not provided".formatted(parameter));
      }
      scope.set(parameter, value);
    }
    if (signature.caller()) {
      scope.set(
          "caller",
          rest.containsKey("caller") ? rest.remove("caller") : new Undefined("No caller defined"));
    }
    bindRest(arguments, rest, scope);
  }

  private void bindRest(Arguments arguments, Map<Object, Object> rest, Scope scope) {
    int taken = signature.parameters().size();
    if (signature.kwargs()) {
      scope.set("kwargs", rest);
    } else if (!rest.isEmpty()) {
      throw new TemplateException(
          "macro '%s' takes no keyword argument '%s'"
              .formatted(name, rest.keySet().iterator().next()));
    }
    if (signature.varargs()) {
      scope.set(
          "varargs",
          arguments.count() > taken
              ? Tuple.of(new ArrayList<>(arguments.positional().subList(taken, arguments.count())))
              : new Tuple());
    } else if (arguments.count() > taken) {
      throw new TemplateException(
          "macro '%s' takes not more than %d argument(s)".formatted(name, taken));
    }
  }
}
