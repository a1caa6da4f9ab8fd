package io.penstock.engine.sched;

/** How long a step takes, as far as is known. */
public interface StepCost {

  /** Nothing is known: no step is too long, no wait can be estimated. */
  StepCost UNKNOWN =
      new StepCost() {
        @Override
        public boolean known() {
          return false;
        }

        @Override
        public double nanos(StepShape shape) {
          return 0;
        }

        @Override
        public int promptTokensWithin(double nanos, int before) {
          return Integer.MAX_VALUE;
        }

        @Override
        public void measured(StepShape shape, long nanos) {}
      };

  /** Whether the answers can be relied upon. */
  boolean known();

  /** Nanoseconds that a step of this shape takes. */
  double nanos(StepShape shape);

  /**
   * @param nanos by which the step may become longer
   * @param before tokens of the prompt that are in the cache
   * @return most tokens of the prompt that take no longer
   */
  int promptTokensWithin(double nanos, int before);

  /** Learns, where it does, from a step that was computed. */
  void measured(StepShape shape, long nanos);
}
