package io.penstock.bench.sched.live;

import io.penstock.bench.Numbers;
import io.penstock.engine.runtime.StepEvent;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingStream;

/** Steps that an engine computes meanwhile, by what the flight recorder says of them. */
final class StepCounts implements AutoCloseable {
  private static final int MOST_STEPS = 200_000;

  private final RecordingStream stream = new RecordingStream();
  private final List<Double> alone = new ArrayList<>(); // milliseconds
  private final List<Double> paused = new ArrayList<>();
  private final List<Double> interposed = new ArrayList<>();

  StepCounts() {
    stream.enable(StepEvent.NAME);
    stream.onEvent(StepEvent.NAME, this::add);
    stream.startAsync();
  }

  private void add(RecordedEvent step) {
    if (alone.size() < MOST_STEPS) {
      List<Double> of =
          !step.getBoolean("amid")
              ? alone
              : step.getLong("expectedNanos") == 0 ? interposed : paused;
      of.add(step.getLong("nanos") / 1e6);
    }
  }

  /** For a person; to be called after {@link #close}. */
  String text() {
    return "%s, %s that paused, %s computed amid those"
        .formatted(text("steps", alone), text("steps", paused), text("steps", interposed));
  }

  private static String text(String what, List<Double> millis) {
    double[] values = millis.stream().mapToDouble(m -> m).toArray();
    return values.length == 0
        ? "no " + what
        : "%,d %s of %s ms (p50; p99 %s)"
            .formatted(
                values.length,
                what,
                Numbers.text(Numbers.percentile(values, 0.5)),
                Numbers.text(Numbers.percentile(values, 0.99)));
  }

  @Override
  public void close() {
    stream.stop();
    stream.close();
  }
}
