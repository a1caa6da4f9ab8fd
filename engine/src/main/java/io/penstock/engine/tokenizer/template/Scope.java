package io.penstock.engine.tokenizer.template;

import java.util.HashMap;
import java.util.Map;

/** Variables of a block; what it lacks is looked up in the block around it. */
final class Scope {
  private final Scope outer;
  private final Map<String, Object> variables;

  Scope(Map<String, Object> variables) {
    this.outer = null;
    this.variables = variables;
  }

  private Scope(Scope outer) {
    this.outer = outer;
    this.variables = new HashMap<>();
  }

  Scope inner() {
    return new Scope(this);
  }

  Object get(String name) {
    for (Scope scope = this; scope != null; scope = scope.outer) {
      Object value = scope.variables.get(name);
      if (value != null || scope.variables.containsKey(name)) {
        return value;
      }
    }
    return Undefined.variable(name);
  }

  void set(String name, Object value) {
    variables.put(name, value);
  }
}
