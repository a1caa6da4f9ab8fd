package io.penstock.bench.stream;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A closed loop over HTTP, as a process of its own: each stream sends its next request when the one
 * before has ended. {@code StreamLoad SETTINGS}; prints a line when connected, begins when it reads
 * one, and leaves a {@link StreamRecord} in a file.
 */
public final class StreamLoad {
  private final StreamSettings settings;
  private final StreamRecord.Builder record;
  private long windowStart;
  private long windowEnd;

  private StreamLoad(StreamSettings settings) {
    this.settings = settings;
    this.record = new StreamRecord.Builder();
  }

  public static void main(String[] args) throws Exception {
    new StreamLoad(StreamSettings.parse(args)).run();
  }

  private void run() throws Exception {
    List<SseConnection> connections = new ArrayList<>();
    for (int i = 0; i < settings.streams(); i++) {
      connections.add(new SseConnection("127.0.0.1", settings.port()));
    }
    System.out.println("connected");
    if (System.in.read() < 0) {
      return; // whoever started this has gone
    }
    long start = System.nanoTime();
    windowStart = start + settings.warmUpMillis() * 1_000_000L;
    windowEnd = windowStart + settings.windowMillis() * 1_000_000L;
    long processor = processorNanos();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> loops = new ArrayList<>();
      for (int i = 0; i < connections.size(); i++) {
        SseConnection connection = connections.get(i);
        SplittableRandom random = new SplittableRandom(settings.seed() * 10_007L + i);
        loops.add(threads.submit(() -> loop(connection, random)));
      }
      for (Future<?> loop : loops) {
        loop.get();
      }
    }
    record.processor(processorNanos() - processor, System.nanoTime() - start);
    record.build().write(Path.of(settings.file()));
  }

  private static long processorNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private void loop(SseConnection connection, SplittableRandom random) {
    try (connection) {
      while (System.nanoTime() < windowEnd) {
        one(connection, random);
      }
    } catch (IOException | RuntimeException e) {
      record.failed(e.toString());
    }
  }

  private void one(SseConnection connection, SplittableRandom random) throws IOException {
    String body =
        StreamRequest.body(
            settings.model(),
            settings.promptTokens(),
            settings.maxTokens(),
            settings.vocab(),
            random);
    Received received = new Received(System.nanoTime());
    connection.post("/v1/completions", settings.key(), body, received::onEvent);
    record.ended(received.tokens, received.done && received.tokens == settings.maxTokens());
  }

  /** The answer of one request as it arrives. */
  private final class Received {
    private final long sent;
    private long last;
    private int tokens;
    private boolean done;

    Received(long sent) {
      this.sent = sent;
    }

    void onEvent(String event) {
      int count = StreamRequest.tokens(event);
      done |= event.equals("[DONE]");
      if (StreamRequest.isError(event)) {
        throw new IllegalStateException(event);
      }
      if (count == 0) {
        return;
      }
      long now = System.nanoTime();
      if (tokens == 0) {
        record.first(sent, now, windowStart, windowEnd);
      } else {
        record.gap(last, now, windowStart, windowEnd);
      }
      record.tokens(count, now, windowStart, windowEnd);
      last = now;
      tokens += count;
    }
  }
}
