package io.penstock.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.TenantTerms;
import io.penstock.engine.kv.BlockPool;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/**
 * The bound on the difference in service between tenants that wait, in every step of random traces;
 * and that it means something: by arrival alone it breaks.
 */
class FairnessTest {
  private static final int BLOCK = 4;
  private static final int MAX_LEN = 48;

  /** A thousand traces: tenants of random weights, bursts, cancellations, too few blocks. */
  @Property(tries = 1000)
  void serviceOfWaitingTenantsStaysWithinTheBound(
      @ForAll long seed,
      @ForAll @IntRange(min = 2, max = 6) int tenants,
      @ForAll @IntRange(min = 12, max = 40) int blocks,
      @ForAll @IntRange(min = 1, max = 8) int maxSeqs,
      @ForAll @IntRange(min = 1, max = 2) int depth) {
    Random random = new Random(seed);
    boolean plain = random.nextBoolean(); // the paper's own: no window, no credit, equal weights
    double window = plain ? 0 : random.nextInt(40);
    SchedulingPolicy policy =
        SchedulingPolicy.FAIR
            .with(ServiceWeights.DEFAULT)
            .with(window, plain ? 0 : window + random.nextInt(40));
    double[] weights = new double[tenants];
    for (int t = 0; t < tenants; t++) {
      weights[t] = plain ? 1 : Math.scalb(1.0, random.nextInt(4) - 2);
    }
    Trace trace = new Trace(random, policy, weights, blocks, maxSeqs, depth, 60);
    double bound = trace.bound();
    if (plain) {
      assertThat(bound).isEqualTo(2 * Math.max(1.0 * MAX_LEN, 2.0 * blocks * BLOCK));
    }
    for (int step = 0; step < 120; step++) {
      trace.arrivals();
      trace.step();
      assertThat(trace.widestGap()).as("step %d of seed %d", step, seed).isLessThanOrEqualTo(bound);
    }
  }

  @Test
  void byArrivalAloneTheBoundBreaks() {
    Trace trace = greedyAgainstModest(SchedulingPolicy.FCFS);
    assertThat(trace.widestGap()).isGreaterThan(1.5 * trace.bound());
  }

  @Test
  void aGreedyTenantGetsNoMoreThanAModestOneThatWaits() {
    Trace trace = greedyAgainstModest(SchedulingPolicy.VTC);
    assertThat(trace.widestGap()).isLessThanOrEqualTo(trace.bound());
  }

  private static Trace greedyAgainstModest(SchedulingPolicy policy) {
    Trace trace = new Trace(new Random(1), policy, new double[] {1, 1}, 24, 4, 1, 10_000);
    for (int step = 0; step < 300; step++) {
      for (int i = 0; i < 11; i++) {
        trace.submit(i == 0 ? 1 : 0, 12, 8);
      }
      trace.step();
    }
    return trace;
  }

  /** Services are counted by what is planned, beside the scheduler's own accounts. */
  private static final class Trace {
    final Random random;
    final double[] weights;
    final Scheduler scheduler;
    final int depth;
    final Map<Long, Integer> tenantOf = new HashMap<>();
    final Map<Long, Integer> endOf = new HashMap<>();
    final Map<Long, Integer> furthest = new HashMap<>();
    final Deque<StepPlan> inFlight = new ArrayDeque<>();
    final double[] service;
    final int[] waiting;
    final double[][] least;
    final double[][] most;

    Trace(
        Random random,
        SchedulingPolicy policy,
        double[] weights,
        int blocks,
        int maxSeqs,
        int depth,
        int maxQueued) {
      this.random = random;
      this.weights = weights;
      this.depth = depth;
      this.scheduler =
          new Scheduler(
              new SchedulerConfig(maxSeqs, maxSeqs + 16, 0, maxQueued, MAX_LEN, policy),
              new BlockPool(blocks, BLOCK));
      int n = weights.length;
      service = new double[n];
      waiting = new int[n];
      least = new double[n][n];
      most = new double[n][n];
    }

    double bound() {
      double leastWeight = Double.MAX_VALUE;
      for (double weight : weights) {
        leastWeight = Math.min(leastWeight, weight);
      }
      return scheduler.serviceGapBound(leastWeight);
    }

    void arrivals() {
      for (int i = random.nextInt(4); i > 0; i--) {
        int tenant = Math.min(random.nextInt(weights.length), random.nextInt(weights.length));
        submit(tenant, 1 + random.nextInt(MAX_LEN - 12), 1 + random.nextInt(11));
      }
      if (random.nextInt(5) == 0 && !tenantOf.isEmpty()) {
        List<Long> open = new ArrayList<>(tenantOf.keySet());
        open.sort(null);
        end(open.get(random.nextInt(open.size())));
      }
    }

    void submit(int tenant, int prompt, int max) {
      Submission answer =
          scheduler.submit(
              new SchedulingRequest(
                  "r",
                  "t" + tenant,
                  ServiceTier.DEFAULT,
                  0,
                  new int[prompt],
                  max,
                  1,
                  new TenantTerms(weights[tenant], null, 0, 0),
                  SchedulingRequest.NO_DEADLINE));
      for (Rejection rejection : scheduler.takeRejected()) {
        forget(rejection.sequence());
      }
      if (answer instanceof Submission.Accepted accepted) {
        tenantOf.put(accepted.firstSequence(), tenant);
        endOf.put(accepted.firstSequence(), prompt + max);
        waiting[tenant]++;
      }
      observe();
    }

    void step() {
      StepPlan plan = scheduler.plan();
      for (ScheduledSequence s : plan.sequences()) {
        int tenant = tenantOf.get(s.sequence());
        if (furthest.putIfAbsent(s.sequence(), 0) == null) {
          waiting[tenant]--;
        }
        int from = Math.max(furthest.get(s.sequence()), s.firstPosition());
        service[tenant] += Math.max(0, Math.min(s.contextLength(), s.promptLength()) - from);
        service[tenant] += s.sampled() ? 2 : 0;
        furthest.merge(s.sequence(), s.contextLength(), Math::max);
      }
      scheduler.checkInvariants();
      scheduler.launched(plan);
      inFlight.add(plan);
      observe();
      if (inFlight.size() == depth) {
        apply(inFlight.remove());
      }
      scheduler.checkInvariants();
    }

    void apply(StepPlan plan) {
      for (ScheduledSequence s : plan.sequences()) {
        if (s.sampled() && tenantOf.containsKey(s.sequence())) {
          if (s.contextLength() + 1 == endOf.get(s.sequence())) {
            end(s.sequence());
          } else {
            scheduler.resolve(s.sequence(), 1);
          }
        }
      }
    }

    void end(long id) {
      scheduler.finish(id);
      forget(id);
      observe();
    }

    void forget(long id) {
      int tenant = tenantOf.remove(id);
      waiting[tenant] -= furthest.remove(id) == null ? 1 : 0;
      endOf.remove(id);
    }

    /** Differences of pairs that both wait; they begin anew when one does not. */
    void observe() {
      for (int f = 0; f < weights.length; f++) {
        for (int g = 0; g < f; g++) {
          double difference = service[f] / weights[f] - service[g] / weights[g];
          if (waiting[f] == 0 || waiting[g] == 0) {
            least[f][g] = difference;
            most[f][g] = difference;
          } else {
            least[f][g] = Math.min(least[f][g], difference);
            most[f][g] = Math.max(most[f][g], difference);
          }
        }
      }
    }

    double widestGap() {
      double widest = 0;
      for (int f = 0; f < weights.length; f++) {
        for (int g = 0; g < f; g++) {
          widest = Math.max(widest, most[f][g] - least[f][g]);
        }
      }
      return widest;
    }
  }
}
