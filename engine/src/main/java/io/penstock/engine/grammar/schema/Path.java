package io.penstock.engine.grammar.schema;

import io.penstock.engine.core.ConstraintException;
import java.util.ArrayDeque;
import java.util.List;

/** A place in a schema, from its root. */
record Path(Path parent, String step) {
  static final Path ROOT = new Path(null, null);

  Path to(String next) {
    return new Path(this, next);
  }

  Path to(int index) {
    return new Path(this, Integer.toString(index));
  }

  List<String> steps() {
    ArrayDeque<String> steps = new ArrayDeque<>();
    for (Path at = this; at.parent != null; at = at.parent) {
      steps.addFirst(at.step);
    }
    return List.copyOf(steps);
  }

  ConstraintException fault(String problem) {
    return new ConstraintException(steps(), problem);
  }
}
