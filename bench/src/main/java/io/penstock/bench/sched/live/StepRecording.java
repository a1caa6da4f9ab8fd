package io.penstock.bench.sched.live;

import io.penstock.engine.runtime.StepEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingStream;

/**
 * Writes the steps that the engine computes meanwhile to a file, one a line, as the flight recorder
 * reports them ({@link StepEvent}). The simulator's cost of a step is fitted to such a file.
 */
final class StepRecording implements AutoCloseable {
  private static final int MOST_STEPS = 200_000;
  private static final String HEADER =
      "second,prompt_tokens,prompt_pairs,decodes,decode_context,nanos,expected_nanos,awaited_nanos,device_waited_nanos";

  private final Path file;
  private final RecordingStream stream = new RecordingStream();
  private final List<String> lines = new ArrayList<>(); // the stream's thread, then ours
  private final Instant start = Instant.now();

  private StepRecording(Path file) {
    this.file = file;
    stream.enable(StepEvent.NAME);
    stream.onEvent(StepEvent.NAME, this::add);
    stream.startAsync();
  }

  /**
   * @param file where to, or null for nowhere
   */
  static AutoCloseable to(Path file) {
    return file == null ? () -> {} : new StepRecording(file);
  }

  private void add(RecordedEvent step) {
    if (lines.size() == MOST_STEPS || step.getBoolean("copies") || step.getBoolean("amid")) {
      return; // one that waited tells nothing of tokens
    }
    lines.add(
        "%.3f,%d,%d,%d,%d,%d,%d,%d,%d"
            .formatted(
                Duration.between(start, step.getStartTime()).toNanos() / 1e9,
                step.getInt("promptTokens"),
                step.getLong("promptPairs"),
                step.getInt("decodes"),
                step.getLong("decodeContext"),
                step.getLong("nanos"),
                step.getLong("expectedNanos"),
                step.getLong("awaitedNanos"),
                step.getLong("deviceWaitedNanos")));
  }

  @Override
  public void close() {
    stream.stop(); // what was recorded has been reported then
    stream.close();
    lines.addFirst(HEADER);
    try {
      Files.write(file, lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
