package io.penstock.bench.ledger.load;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Sends at random times of a mean rate (Poisson), whatever has become of the others: a request that
 * is late because the server is slow counts from when it was due.
 */
final class OpenLoop {
  private static final int CONNECTIONS = 64;

  private final LoadSettings settings;
  private final String body;
  private final Consumer<Sent> sent;
  private final List<ConcurrentLinkedDeque<Lane>> idle = new ArrayList<>();
  private final Semaphore room;

  OpenLoop(LoadSettings settings, String body, Consumer<Sent> sent) {
    this.settings = settings;
    this.body = body;
    this.sent = sent;
    this.room = new Semaphore(settings.schedule().connections());
    settings.ports().forEach(_ -> idle.add(new ConcurrentLinkedDeque<>()));
  }

  /** Some connections are there before the time counts; more are made when needed. */
  void connect() throws IOException {
    for (int i = 0; i < CONNECTIONS; i++) {
      Lane lane = lane(i % idle.size());
      idle.get(lane.server()).add(lane);
    }
  }

  private Lane lane(int server) throws IOException {
    return new Lane(server, settings.ports().get(server), this::answered);
  }

  /** Sends, and waits until all are answered. */
  void run(long start) throws InterruptedException {
    SplittableRandom random = new SplittableRandom(settings.seed());
    double due = start;
    long end = start + settings.schedule().millis() * 1_000_000L;
    for (int count = 0; count < settings.schedule().requests(); count++) {
      due += -Math.log(1 - random.nextDouble()) / settings.schedule().rate() * 1e9;
      if (due >= end) {
        break;
      }
      for (long left; (left = (long) due - System.nanoTime()) > 0; ) {
        LockSupport.parkNanos(left);
      }
      room.acquire();
      send(count % idle.size(), start, (long) due, random.split());
    }
    room.acquire(settings.schedule().connections());
  }

  private void send(int server, long start, long due, SplittableRandom random) {
    LoadRequest request = new LoadRequest(settings, start, due, settings.client().leave(random));
    Lane lane = idle.get(server).pollFirst();
    while (lane != null && lane.isOver()) {
      lane = idle.get(server).pollFirst();
    }
    try {
      if (lane == null) {
        lane = lane(server);
      }
      lane.send(request, body);
    } catch (IOException _) {
      sent.accept(Sent.unconnected(settings.ports().get(server), start, due));
      room.release();
    }
  }

  private void answered(Lane lane, Sent one) {
    sent.accept(one);
    if (one.end() == Sent.End.WHOLE || one.end() == Sent.End.REFUSED) {
      idle.get(lane.server()).addFirst(lane);
    }
    room.release();
  }
}
