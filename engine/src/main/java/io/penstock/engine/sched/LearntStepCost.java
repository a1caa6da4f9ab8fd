package io.penstock.engine.sched;

/**
 * A {@link LinearStepCost} learnt from the steps as they are measured, by recursive least squares
 * with forgetting: what counts is roughly the last {@value #MEMORY} steps.
 *
 * <p>Features are scaled to about 1, so that one covariance suits all of them. A coefficient below
 * zero is read as zero: noise, as no step gets shorter by more work. A step that took far longer
 * than expected (a garbage collection, another process) counts as {@value #OUTLIER} times the
 * expectation, so that it moves little; if the machine really became slower, the next ones say so
 * too. What steps do not vary in, they do not teach: forgetting would let the covariance of such a
 * direction grow without end, so its trace is bounded.
 */
public final class LearntStepCost implements StepCost {
  static final int MEMORY = 512;
  static final int TRUSTED_AFTER = 24;
  static final double OUTLIER = 4;
  private static final double FORGETTING = 1 - 1.0 / MEMORY;
  private static final double FIRST_VARIANCE = 1e3;
  private static final double MOST_TRACE = 5 * FIRST_VARIANCE;
  private static final double[] SCALE = {1, 1e-2, 1e-5, 1e-1, 1e-4};

  private final double[] weights = new double[SCALE.length]; // milliseconds per scaled feature
  private final double[][] covariance = new double[SCALE.length][SCALE.length];
  private final double[] features = new double[SCALE.length];
  private final double[] gain = new double[SCALE.length];
  private int steps;
  private LinearStepCost current = new LinearStepCost(0, 0, 0, 0, 0);

  public LearntStepCost() {
    for (int i = 0; i < SCALE.length; i++) {
      covariance[i][i] = FIRST_VARIANCE;
    }
  }

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
    double denominator = FORGETTING;
    double error = millis;
    for (int i = 0; i < gain.length; i++) {
      gain[i] = 0;
      for (int j = 0; j < gain.length; j++) {
        gain[i] += covariance[i][j] * features[j];
      }
      denominator += features[i] * gain[i];
      error -= weights[i] * features[i];
    }
    double trace = 0;
    for (int i = 0; i < gain.length; i++) {
      weights[i] += gain[i] / denominator * error;
    }
    for (int i = 0; i < gain.length; i++) {
      for (int j = i; j < gain.length; j++) {
        covariance[i][j] = covariance[i][j] - gain[i] * gain[j] / denominator;
        covariance[j][i] = covariance[i][j];
      }
      trace += covariance[i][i];
    }
    double growth = Math.min(1 / FORGETTING, MOST_TRACE / trace);
    if (growth > 1) {
      for (double[] row : covariance) {
        for (int j = 0; j < row.length; j++) {
          row[j] *= growth;
        }
      }
    }
  }

  private double coefficient(int i) {
    return Math.max(0, weights[i] * SCALE[i] * 1e6);
  }
}
