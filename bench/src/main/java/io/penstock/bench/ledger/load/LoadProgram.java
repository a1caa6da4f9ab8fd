package io.penstock.bench.ledger.load;

import io.penstock.bench.ledger.load.LoadSettings.Arrivals;
import io.penstock.bench.stream.SseConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends requests, as a process of its own: {@code LoadProgram SETTINGS}. Prints a line when ready,
 * begins when it reads one, and leaves a line for each request in a file.
 */
public final class LoadProgram {
  private final LoadSettings settings;
  private final String body;
  private final List<ConcurrentLinkedDeque<SseConnection>> idle = new ArrayList<>();
  private final Queue<Sent> sent = new ConcurrentLinkedQueue<>();
  private final OpenLoop open;
  private long start;

  private LoadProgram(LoadSettings settings) {
    this.settings = settings;
    this.body = LoadRequest.body(settings);
    this.open = new OpenLoop(settings, body, sent::add);
    settings.ports().forEach(_ -> idle.add(new ConcurrentLinkedDeque<>()));
  }

  public static void main(String[] args) throws Exception {
    new LoadProgram(LoadSettings.parse(args[0])).run();
  }

  private void run() throws Exception {
    connect();
    System.out.println(LoadProcess.READY);
    if (System.in.read() < 0) {
      return; // whoever started this has gone
    }
    start = System.nanoTime();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      switch (settings.schedule().arrivals()) {
        case BURST -> burst(threads);
        case CLOSED -> closed(threads);
        case OPEN -> open.run(start);
      }
    }
    Files.write(
        Path.of(settings.file()), (Iterable<String>) sent.stream().map(Sent::line)::iterator);
  }

  /** Connections are there before the time counts. */
  private void connect() throws IOException {
    if (settings.schedule().arrivals() == Arrivals.OPEN) {
      open.connect();
      return;
    }
    for (int i = 0; i < settings.schedule().connections(); i++) {
      int server = i % settings.ports().size();
      idle.get(server).add(new SseConnection("127.0.0.1", settings.ports().get(server)));
    }
  }

  private void burst(ExecutorService threads) throws Exception {
    List<Future<?>> running = new ArrayList<>();
    for (int i = 0; i < settings.schedule().requests(); i++) {
      int server = i % settings.ports().size();
      SplittableRandom random = new SplittableRandom(settings.seed() * 10_007 + i);
      running.add(threads.submit(() -> persistently(server, random)));
    }
    for (Future<?> request : running) {
      request.get();
    }
  }

  private void persistently(int server, SplittableRandom random) {
    for (int attempt = 1; attempt <= settings.client().attempts(); attempt++) {
      Sent one = one(server, attempt == 1 ? start : System.nanoTime(), random);
      sent.add(one);
      if (one.status() != 429 && one.status() != 503) {
        return;
      }
      LockSupport.parkNanos(random.nextLong(50_000_000, 150_000_000));
    }
  }

  private void closed(ExecutorService threads) throws Exception {
    long end = start + settings.schedule().millis() * 1_000_000L;
    List<Future<?>> running = new ArrayList<>();
    for (int i = 0; i < settings.schedule().connections(); i++) {
      int server = i % settings.ports().size();
      SplittableRandom random = new SplittableRandom(settings.seed() * 10_007 + i);
      running.add(
          threads.submit(
              () -> {
                while (System.nanoTime() < end) {
                  sent.add(one(server, System.nanoTime(), random));
                }
              }));
    }
    for (Future<?> loop : running) {
      loop.get();
    }
  }

  private Sent one(int server, long due, SplittableRandom random) {
    int port = settings.ports().get(server);
    LoadRequest request = new LoadRequest(settings, start, due, settings.client().leave(random));
    SseConnection connection = idle.get(server).pollFirst();
    try {
      if (connection == null) {
        connection = new SseConnection("127.0.0.1", port);
      }
    } catch (IOException e) {
      return Sent.unconnected(port, start, due);
    }
    Sent result = request.on(connection, port, body);
    if (result.end() == Sent.End.WHOLE || result.end() == Sent.End.REFUSED) {
      idle.get(server).addFirst(connection);
    }
    return result;
  }
}
