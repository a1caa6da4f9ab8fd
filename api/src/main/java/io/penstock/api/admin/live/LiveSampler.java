package io.penstock.api.admin.live;

import io.penstock.api.admin.live.LiveSample.History;
import io.penstock.api.admin.live.LiveSample.Point;
import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.gateway.SchedulingSettings;
import io.penstock.api.gateway.live.LiveFigures;
import io.penstock.api.platform.PenstockProperties;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Looks at the counters once a second, for all who watch together: what it costs does not depend on
 * how many do. Half an hour is kept in steps of five seconds.
 */
@Component
final class LiveSampler implements DisposableBean {
  private static final Logger LOG = LoggerFactory.getLogger(LiveSampler.class);
  private static final int STEP_SECONDS = 5;
  private static final int KEPT = 360;
  private static final int FIVE_MINUTES = 60;
  private static final int CHARGE_SECONDS = 10;

  private final LiveFigures figures;
  private final ModelRegistry registry;
  private final SampleMaker maker;
  private final DatabaseClient database;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("live-sampler").daemon().factory());
  private final Sinks.Many<LiveSample> sink = Sinks.many().multicast().directBestEffort();

  // The clock's thread only.
  private final Deque<Counters> seconds = new ArrayDeque<>();
  private final Deque<Counters> steps = new ArrayDeque<>();
  private long ticks;

  // Guarded by itself.
  private final Deque<Point> points = new ArrayDeque<>();

  private volatile LiveSample latest;
  private volatile Long chargedToday;

  LiveSampler(
      LiveFigures figures,
      ModelRegistry registry,
      SchedulingSettings scheduling,
      PenstockProperties properties,
      DatabaseClient database) {
    this.figures = figures;
    this.registry = registry;
    this.maker = new SampleMaker(figures, registry, scheduling, properties.maxQueuedRequests());
    this.database = database;
    clock.scheduleAtFixedRate(this::tick, 0, 1, TimeUnit.SECONDS);
  }

  private void tick() {
    try {
      Counters now = Counters.read(figures, registry);
      Counters before = seconds.isEmpty() ? now : seconds.getFirst();
      Counters fiveMinutes = steps.isEmpty() ? now : steps.getFirst();
      LiveSample sample = maker.make(now, before, fiveMinutes, chargedToday);
      latest = sample;
      seconds.addLast(now);
      if (seconds.size() > STEP_SECONDS) {
        seconds.removeFirst();
      }
      if (ticks % STEP_SECONDS == 0) {
        step(now, sample);
      }
      if (ticks % CHARGE_SECONDS == 0 && sink.currentSubscriberCount() > 0) {
        readCharges();
      }
      ticks++;
      sink.tryEmitNext(sample);
    } catch (RuntimeException e) { // the clock must go on
      LOG.warn("No figures for this second", e);
    }
  }

  private void step(Counters now, LiveSample sample) {
    Counters last = steps.isEmpty() ? now : steps.getLast();
    Point point = SampleMaker.point(sample, now, last);
    steps.addLast(now);
    if (steps.size() > FIVE_MINUTES) {
      steps.removeFirst();
    }
    synchronized (points) {
      points.addLast(point);
      if (points.size() > KEPT) {
        points.removeFirst();
      }
    }
  }

  private void readCharges() {
    database
        .sql(
            """
            select coalesce(sum(amount_micros), 0)::bigint as sum from usage_hourly
            where hour >= date_trunc('day', now(), 'UTC')
            """)
        .map(row -> row.get("sum", Long.class))
        .one()
        .timeout(Duration.ofSeconds(5))
        .onErrorResume(_ -> Mono.empty()) // what was charged last stays
        .subscribe(sum -> chargedToday = sum);
  }

  LiveSample latest() {
    return latest;
  }

  History history() {
    synchronized (points) {
      return new History(STEP_SECONDS, List.copyOf(new ArrayList<>(points)));
    }
  }

  /** One a second from the next on. Who is slow misses some. */
  Flux<LiveSample> samples() {
    readCharges();
    return sink.asFlux().onBackpressureLatest();
  }

  @Override
  public void destroy() {
    clock.shutdownNow();
    sink.tryEmitComplete();
  }
}
