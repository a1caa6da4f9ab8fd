package io.penstock.engine.grammar.schema;

import io.penstock.engine.core.ConstraintException;
import java.util.ArrayDeque;
import java.util.List;

/**
 * A place in a schema, from its root.
 *
 * @param fixed whether what is below is no place of the document, so that all of it counts as here
 */
record Path(Path parent, String step, boolean fixed) {
  static final Path ROOT = new Path(null, null, false);

  Path to(String next) {
    return fixed ? this : new Path(this, next, false);
  }

  Path to(int index) {
    return to(Integer.toString(index));
  }

  /** The same place, for a schema that was made out of what stands there. */
  Path derived() {
    return new Path(parent, step, true);
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

  /** Nothing can be valid here: a fault, unless it is one of several options. */
  Contradiction contradiction(String problem) {
    return new Contradiction(fault(problem));
  }
}
