package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.driver.CudaEvent;
import io.penstock.engine.backend.cuda.driver.CudaGraph;
import java.time.Duration;
import java.util.function.IntConsumer;

/** How long products take in a graph, one after the other as in a step. */
final class ProductTimer {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Gpu gpu;
  private final int repeats;

  /**
   * @param repeats replays of which the fastest counts, after one that does not
   */
  ProductTimer(Gpu gpu, int repeats) {
    this.gpu = gpu;
    this.repeats = repeats;
  }

  /**
   * Microseconds of one product.
   *
   * @param runs products of a replay
   * @param product queues the one of the number it is given
   */
  float micros(int runs, IntConsumer product) {
    for (int i = 0; i < runs; i++) {
      product.accept(i); // loads code and makes maps, which cannot be done in a capture
    }
    try (CudaGraph graph =
            CudaGraph.capture(
                gpu.stream(),
                () -> {
                  for (int i = 0; i < runs; i++) {
                    product.accept(i);
                  }
                });
        CudaEvent start = CudaEvent.create(gpu.device());
        CudaEvent end = CudaEvent.create(gpu.device())) {
      float shortest = Float.MAX_VALUE;
      for (int i = 0; i <= repeats; i++) {
        start.record(gpu.stream());
        graph.launch(gpu.stream());
        end.record(gpu.stream());
        end.synchronize(PATIENCE);
        shortest = i == 0 ? shortest : Math.min(shortest, end.elapsedMillis(start));
      }
      return shortest * 1e3f / runs;
    }
  }
}
