package io.penstock.engine.sched;

/**
 * A {@link LinearStepCost} learnt from the steps as they are measured: non-negative least squares
 * over roughly the last {@value #MEMORY} steps, older ones being forgotten exponentially.
 *
 * <p>The sums of the normal equations are kept and solved by coordinate descent from the last
 * solution, a few sweeps a step: five numbers, so that costs a microsecond. Unlike the recursive
 * form, whose covariance loses its sign when steps stay alike for long, nothing here can grow
 * without bound; and no step gets shorter by more work, which the solution respects instead of
 * being cut afterwards. What steps do not vary in, they do not teach: there the last solution
 * stays.
 *
 * <p>Features are scaled to about 1. A step that took far longer than expected (a garbage
 * collection, another process) counts as {@value #OUTLIER} times the expectation, so that it moves
 * little; if the machine really became slower, the next ones say so too.
 */
public final class LearntStepCost implements StepCost {
  static final int MEMORY = 512;
  static final int TRUSTED_AFTER = 24;
  static final double OUTLIER = 4;
  private static final double FORGETTING = 1 - 1.0 / MEMORY;
  private static final double INERTIA = 1e-3; // of the last solution, in steps of features of 1
  private static final int SWEEPS = 12;
  private static final double[] SCALE = {1, 1e-2, 1e-5, 1e-1, 1e-4};

  private final double[] weights = new double[SCALE.length]; // milliseconds per scaled feature
  private final double[][] products = new double[SCALE.length][SCALE.length]; // of features
  private final double[] targets = new double[SCALE.length]; // features times milliseconds
  private final double[] features = new double[SCALE.length];
  private int steps;
  private LinearStepCost current = new LinearStepCost(0, 0, 0, 0, 0);

  @Override
  public boolean known() {
    return steps >= TRUSTED_AFTER;
  }

  @Override
  public double nanos(StepShape shape) {
    return current.nanos(shape);
  }

  @Override
  public int promptTokensWithin(double nanos, int before) {
    return known() ? current.promptTokensWithin(nanos, before) : Integer.MAX_VALUE;
  }

  /** What is known now. */
  public LinearStepCost current() {
    return current;
  }

  @Override
  public void measured(StepShape shape, long nanos) {
    fill(shape);
    double expected = current.nanos(shape) / 1e6;
    double millis = nanos / 1e6;
    if (known() && expected > 0) {
      millis = Math.min(millis, OUTLIER * expected);
    }
    update(millis);
    steps++;
    current =
        new LinearStepCost(
            coefficient(0), coefficient(1), coefficient(2), coefficient(3), coefficient(4));
  }

  private void fill(StepShape shape) {
    features[0] = SCALE[0];
    features[1] = SCALE[1] * shape.promptTokens();
    features[2] = SCALE[2] * shape.promptPairs();
    features[3] = SCALE[3] * shape.decodes();
    features[4] = SCALE[4] * shape.decodeContext();
  }

  private void update(double millis) {
    for (int i = 0; i < features.length; i++) {
      targets[i] = FORGETTING * targets[i] + features[i] * millis;
      for (int j = 0; j < features.length; j++) {
        products[i][j] = FORGETTING * products[i][j] + features[i] * features[j];
      }
    }
    double[] last = weights.clone();
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
      for (int i = 0; i < weights.length; i++) {
        double rest = targets[i] + INERTIA * last[i];
        for (int j = 0; j < weights.length; j++) {
          rest -= j == i ? 0 : products[i][j] * weights[j];
        }
        weights[i] = Math.max(0, rest / (products[i][i] + INERTIA));
      }
    }
  }

  private double coefficient(int i) {
    return weights[i] * SCALE[i] * 1e6;
  }
}
