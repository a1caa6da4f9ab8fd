package io.penstock.engine.grammar.schema;

import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.grammar.expr.ProcessorTime;
import java.time.Duration;

/** Bounds what compiling a schema may take: parts, nesting and time. */
final class Effort {
  private static final int MOST_PARTS = 20_000;
  private static final int DEEPEST = 400;

  private final long deadlineNanos;
  private final Duration limit;
  private int parts;
  private int depth;

  Effort(Duration limit) {
    this.limit = limit;
    this.deadlineNanos = ProcessorTime.nanos() + limit.toNanos();
  }

  /** A part begins; {@link #leave} follows. */
  void enter(Path path) {
    if (++depth > DEEPEST) {
      throw path.fault(
          "It is nested more than %d deep, or refers to itself beside other keywords."
              .formatted(DEEPEST));
    }
    if (++parts > MOST_PARTS) {
      throw new ConstraintException(
          "It is too complex: it has more than %d parts.".formatted(MOST_PARTS));
    }
    if (ProcessorTime.nanos() > deadlineNanos) {
      throw new ConstraintException(
          "It is too complex: compiling it takes more than %d ms of a processor."
              .formatted(limit.toMillis()));
    }
  }

  void leave() {
    depth--;
  }
}
