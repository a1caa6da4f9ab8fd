package io.penstock.api.quota.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.limits.LimitScope;
import io.penstock.api.quota.price.Price;
import io.penstock.api.quota.window.Amounts;
import io.penstock.api.quota.window.Counter;
import io.penstock.api.quota.window.Moment;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * Storms of admissions, settlements and releases under random limits, against a record of all that
 * ever happened: no limit is ever passed, in any interval, and counters agree with the requests.
 */
class AdmissionPropertyTest {
  private static final ZoneId ZONE = ZoneId.of("Europe/Berlin");
  private static final Price PRICE =
      new Price("m", 1, Instant.EPOCH, 1_500_000, 700_000, 3_100_000, 0, 0);

  /** One that was admitted. */
  private static final class Request {
    private final long begun;
    private final Amounts hold;
    private final Demand demand;
    private final long output;
    private long ended = Long.MAX_VALUE;
    private Amounts used;

    Request(long begun, Verdict.Granted granted, Demand demand) {
      this.begun = begun;
      this.hold = granted.hold();
      this.output = granted.output();
      this.demand = demand;
    }

    /**
     * What it takes of a limit that counts tokens, output or money: the hold, then what it used.
     */
    long amount(LimitKind kind) {
      Amounts amounts = used == null ? hold : used;
      return switch (kind) {
        case TOKENS_PER_MINUTE, TOKENS_PER_DAY, TOKENS_PER_MONTH -> amounts.tokens();
        case OUTPUT_TOKENS_PER_MINUTE -> amounts.output();
        default -> amounts.money();
      };
    }
  }

  @Property(tries = 400)
  void noLimitIsEverPassed(@ForAll long seed, @ForAll @IntRange(min = 1, max = 200) int steps) {
    Random random = new Random(seed);
    Counter[] counters = {new Counter(1), new Counter(2), new Counter(3)};
    List<Bound> bounds = bounds(random);
    List<Request> all = new ArrayList<>();
    List<Request> running = new ArrayList<>();
    long now = Instant.parse("2026-11-30T22:58:30Z").toEpochMilli(); // an hour before a month ends
    for (int i = 0; i < steps; i++) {
      now += random.nextInt(10) == 0 ? random.nextInt(90_000) : random.nextInt(3000);
      Moment moment = Moment.of(Instant.ofEpochMilli(now), ZONE);
      int what = random.nextInt(10);
      if (what < 6 || running.isEmpty()) {
        Demand demand = new Demand(1 + random.nextInt(200), 1 + random.nextInt(400), 1, PRICE);
        Verdict verdict = Admission.decide(demand, bounds, counters, moment);
        if (verdict instanceof Verdict.Granted granted) {
          assertThat(granted.output()).isBetween(1L, demand.output());
          Request request = new Request(now, granted, demand);
          all.add(request);
          running.add(request);
        }
      } else {
        Request request = running.remove(random.nextInt(running.size()));
        if (what == 9) {
          Moment begun = Moment.of(Instant.ofEpochMilli(request.begun), ZONE);
          for (Counter counter : counters) {
            counter.release(begun, request.hold);
          }
          all.remove(request);
        } else {
          end(request, random, now);
          for (Counter counter : counters) {
            counter.settle(moment, request.hold, request.used);
          }
        }
      }
      check(bounds, counters, all, running, now);
    }
  }

  private static List<Bound> bounds(Random random) {
    Map<LimitKind, Integer> scale = new HashMap<>();
    scale.put(LimitKind.REQUESTS_PER_MINUTE, 20);
    scale.put(LimitKind.REQUESTS_PER_DAY, 60);
    scale.put(LimitKind.TOKENS_PER_MINUTE, 3000);
    scale.put(LimitKind.TOKENS_PER_DAY, 9000);
    scale.put(LimitKind.TOKENS_PER_MONTH, 20_000);
    scale.put(LimitKind.OUTPUT_TOKENS_PER_MINUTE, 1500);
    scale.put(LimitKind.SPEND_PER_DAY, 20_000);
    scale.put(LimitKind.SPEND_PER_MONTH, 40_000);
    scale.put(LimitKind.CONCURRENT_REQUESTS, 8);
    List<Bound> bounds = new ArrayList<>();
    LimitScope[] scopes = {LimitScope.ORGANIZATION, LimitScope.PROJECT, LimitScope.KEY};
    for (LimitKind kind : LimitKind.values()) {
      Integer most = scale.get(kind);
      if (most != null && random.nextInt(3) > 0) {
        int counter = random.nextInt(3);
        bounds.add(
            new Bound(
                scopes[counter],
                "",
                kind,
                random.nextInt(most) + 1,
                random.nextBoolean(),
                counter));
      }
    }
    return bounds;
  }

  private static void end(Request request, Random random, long now) {
    long generated = random.nextInt((int) request.output + 1);
    long prompt = request.demand.promptTokens();
    long cached = random.nextInt((int) prompt + 1);
    request.used =
        new Amounts(prompt + generated, generated, PRICE.cost(prompt, cached, generated, 0));
    request.ended = now;
  }

  private static void check(
      List<Bound> bounds, Counter[] counters, List<Request> all, List<Request> running, long now) {
    Amounts held =
        new Amounts(
            running.stream().mapToLong(r -> r.hold.tokens()).sum(),
            running.stream().mapToLong(r -> r.hold.output()).sum(),
            running.stream().mapToLong(r -> r.hold.money()).sum());
    for (Counter counter : counters) {
      assertThat(counter.held()).isEqualTo(held);
      assertThat(counter.running()).isEqualTo(running.size());
    }
    for (Bound bound : bounds) {
      assertThat(taken(bound.kind(), all, running, now))
          .as("%s", bound)
          .isLessThanOrEqualTo(bound.value());
    }
  }

  /** What an interval that ends now has seen, by the record. */
  private static long taken(LimitKind kind, List<Request> all, List<Request> running, long now) {
    Moment moment = Moment.of(Instant.ofEpochMilli(now), ZONE);
    return switch (kind) {
      case CONCURRENT_REQUESTS -> running.size();
      case REQUESTS_PER_MINUTE -> all.stream().filter(r -> now - r.begun <= 60_000).count();
      case REQUESTS_PER_DAY -> all.stream().filter(r -> day(r.begun) == moment.day()).count();
      case TOKENS_PER_MINUTE, OUTPUT_TOKENS_PER_MINUTE ->
          all.stream()
              .filter(r -> r.used == null || now - r.ended <= 60_000)
              .mapToLong(r -> r.amount(kind))
              .sum();
      case TOKENS_PER_DAY, SPEND_PER_DAY ->
          all.stream()
              .filter(r -> r.used == null || day(r.ended) == moment.day())
              .mapToLong(r -> r.amount(kind))
              .sum();
      default ->
          all.stream()
              .filter(r -> r.used == null || month(r.ended) == moment.month())
              .mapToLong(r -> r.amount(kind))
              .sum();
    };
  }

  private static long day(long millis) {
    return Moment.of(Instant.ofEpochMilli(millis), ZONE).day();
  }

  private static long month(long millis) {
    return Moment.of(Instant.ofEpochMilli(millis), ZONE).month();
  }
}
