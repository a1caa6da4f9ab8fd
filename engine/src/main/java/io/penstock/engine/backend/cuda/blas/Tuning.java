package io.penstock.engine.backend.cuda.blas;

import io.penstock.engine.backend.cuda.driver.CudaEvent;
import io.penstock.engine.backend.cuda.driver.CudaException;
import io.penstock.engine.backend.cuda.driver.CudaGraph;
import io.penstock.engine.backend.cuda.driver.CudaStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Times the candidates of one product. Each runs alone first, which loads its code and sorts out
 * those far off; the rest run in a graph, one matrix after another, as they do in a decode step:
 * launched one by one, short products would be timed by their launches.
 */
final class Tuning {
  private static final Logger log = LoggerFactory.getLogger(Tuning.class);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** What a graph should take at least, for the clock's half microsecond not to matter. */
  private static final float BURST_MILLIS = 0.6f;

  /** A single run is timed coarsely: only what is far slower than the best is dropped by it. */
  private static final float HOPELESS = 1.6f;

  private static final int REPEATS = 3;

  private final CublasLt blas;
  private final Gemm gemm;
  private final long[] weights;
  private final long x;
  private final long out;
  private final CudaStream stream;

  Tuning(CublasLt blas, Gemm gemm, long[] weights, long x, long out, CudaStream stream) {
    if (weights.length == 0) {
      throw new IllegalArgumentException("no weights to measure " + gemm + " on");
    }
    this.blas = blas;
    this.gemm = gemm;
    this.weights = weights;
    this.x = x;
    this.out = out;
    this.stream = stream;
  }

  /** The fastest of those measured within {@code budget}; empty if none runs. */
  Optional<Algorithm> fastest(List<Algorithm> candidates, Duration budget) {
    long begin = System.nanoTime();
    Algorithm best = null;
    float bestMillis = Float.MAX_VALUE;
    float firstMillis = 0;
    int measured = 0;
    try (Arena arena = Arena.ofConfined();
        CudaEvent start = blas.newEvent();
        CudaEvent end = blas.newEvent()) {
      MemorySegment memory = arena.allocate(Algorithm.BYTES, 8);
      for (Algorithm candidate : candidates) {
        if (best != null && System.nanoTime() - begin > budget.toNanos()) {
          break;
        }
        candidate.write(memory);
        float millis = measure(memory, start, end, bestMillis);
        measured++;
        if (firstMillis == 0) {
          firstMillis = millis;
        }
        if (millis < bestMillis) {
          bestMillis = millis;
          best = candidate;
        }
      }
    }
    log.debug(
        "{}: {} of {} algorithms in {} ms, best {} us, first choice {} us",
        gemm,
        measured,
        candidates.size(),
        (System.nanoTime() - begin) / 1_000_000,
        bestMillis * 1e3f,
        firstMillis * 1e3f);
    return Optional.ofNullable(best);
  }

  /** Milliseconds of one product; {@link Float#MAX_VALUE} for one that is not worth more time. */
  private float measure(MemorySegment algorithm, CudaEvent start, CudaEvent end, float best) {
    try {
      enqueue(algorithm, 0);
    } catch (CudaException e) {
      if (e.contextLost()) {
        throw e;
      }
      log.debug("{}: {}", gemm, e.getMessage());
      return Float.MAX_VALUE;
    }
    start.record(stream);
    enqueue(algorithm, 1);
    end.record(stream);
    end.synchronize(PATIENCE);
    float once = end.elapsedMillis(start);
    // Below 20 us a single run is mostly the launch.
    if (once > 0.02f && once > HOPELESS * best) {
      return Float.MAX_VALUE;
    }
    int runs = Math.clamp((int) Math.ceil(BURST_MILLIS / once), 2, 64);
    try (CudaGraph graph =
        CudaGraph.capture(
            stream,
            () -> {
              for (int i = 0; i < runs; i++) {
                enqueue(algorithm, i);
              }
            })) {
      float shortest = Float.MAX_VALUE;
      for (int i = 0; i < REPEATS; i++) {
        start.record(stream);
        graph.launch(stream);
        end.record(stream);
        end.synchronize(PATIENCE);
        shortest = Math.min(shortest, end.elapsedMillis(start));
      }
      return shortest / runs;
    }
  }

  private void enqueue(MemorySegment algorithm, int run) {
    gemm.enqueue(algorithm, weights[run % weights.length], x, out, stream);
  }
}
