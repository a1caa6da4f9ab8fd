package io.penstock.bench.sched;

import io.penstock.engine.core.ServiceTier;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Makes jobs: Poisson processes, bursts, all at once. Every source has a random stream of its own.
 */
final class Arrivals {
  private final long seed;
  private final List<Job> jobs = new ArrayList<>();
  private int sources;

  Arrivals(long seed) {
    this.seed = seed;
  }

  /** How long prompts and outputs are. */
  @FunctionalInterface
  interface Lengths {
    /**
     * @return prompt and output, in tokens
     */
    int[] draw(SplittableRandom random);

    static Lengths fixed(int prompt, int output) {
      return _ -> new int[] {prompt, output};
    }

    /** Exponential around two means, at least 4. */
    static Lengths around(int prompt, int output, int most) {
      return random ->
          new int[] {exponential(random, prompt, most), exponential(random, output, most)};
    }

    private static int exponential(SplittableRandom random, int mean, int most) {
      return Math.clamp((int) (-Math.log(1 - random.nextDouble()) * mean), 4, most);
    }
  }

  /** A tenant that sends at random, {@code perSecond} on average. */
  Arrivals poisson(
      int tenant, ServiceTier tier, double perSecond, double from, double until, Lengths lengths) {
    SplittableRandom random = new SplittableRandom(seed + 7919L * ++sources);
    for (double at = from; ; ) {
      at += -Math.log(1 - random.nextDouble()) / perSecond;
      if (at >= until) {
        return this;
      }
      int[] length = lengths.draw(random);
      jobs.add(Job.of(tenant, tier, at, length[0], length[1]));
    }
  }

  /** So many requests of a tenant at one moment. */
  Arrivals burst(int tenant, ServiceTier tier, int count, double at, Lengths lengths) {
    SplittableRandom random = new SplittableRandom(seed + 7919L * ++sources);
    for (int i = 0; i < count; i++) {
      int[] length = lengths.draw(random);
      jobs.add(Job.of(tenant, tier, at, length[0], length[1]));
    }
    return this;
  }

  List<Job> inOrder() {
    jobs.sort(Comparator.comparingLong(Job::arrivalNanos));
    return List.copyOf(jobs);
  }
}
