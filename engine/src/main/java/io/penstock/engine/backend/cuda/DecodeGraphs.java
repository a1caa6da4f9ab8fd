package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.driver.CudaException;
import io.penstock.engine.backend.cuda.driver.CudaGraph;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decode steps as CUDA graphs, one for each size: launching a recorded step costs the host
 * microseconds instead of a launch for each of hundreds of kernels.
 *
 * <p>The first step of a size runs as it is, which loads and allocates what a recording must find
 * in place; the second is recorded. There are as many graphs as sizes at most. A graph holds the
 * addresses of everything it reads: {@link #clear} drops them all when one of those moves.
 */
final class DecodeGraphs {
  private static final Logger log = LoggerFactory.getLogger(DecodeGraphs.class);

  private final Gpu gpu;
  private final Map<Integer, CudaGraph> graphs = new HashMap<>();
  private final Set<Integer> seen = new HashSet<>();
  private final Set<Integer> refused = new HashSet<>();

  DecodeGraphs(Gpu gpu) {
    this.gpu = gpu;
  }

  /** Runs a step of {@code size} sequences. */
  void run(int size, Runnable step) {
    CudaGraph graph = graphs.get(size);
    if (graph == null && !seen.add(size) && !refused.contains(size)) {
      graph = record(size, step);
    }
    if (graph == null) {
      step.run();
    } else {
      graph.launch(gpu.stream());
    }
  }

  /** Null, and never tried again, when the driver has no room for it. */
  private CudaGraph record(int size, Runnable step) {
    long start = System.nanoTime();
    try {
      CudaGraph graph = CudaGraph.capture(gpu.stream(), step);
      graphs.put(size, graph);
      log.debug("recorded {} sequences in {} us", size, (System.nanoTime() - start) / 1000);
      return graph;
    } catch (CudaException e) {
      if (e.contextLost()) {
        throw e;
      }
      log.warn("steps of {} sequences are not recorded and slower: {}", size, e.getMessage());
      refused.add(size);
      return null;
    }
  }

  /** Forgets all graphs; none of them may be running. */
  void clear() {
    graphs.values().forEach(CudaGraph::close);
    graphs.clear();
    seen.clear();
  }

  int count() {
    return graphs.size();
  }
}
