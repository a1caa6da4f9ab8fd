package io.penstock.engine.grammar.schema;

import io.penstock.engine.core.ConstraintException;

/** No value is valid by a schema. Among options it is left out; elsewhere it is a fault. */
final class Contradiction extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final ConstraintException fault;

  Contradiction(ConstraintException fault) {
    super(fault.getMessage(), null, false, false);
    this.fault = fault;
  }

  ConstraintException fault() {
    return fault;
  }
}
