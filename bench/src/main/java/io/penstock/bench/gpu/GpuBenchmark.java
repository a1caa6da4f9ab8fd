package io.penstock.bench.gpu;

import io.penstock.bench.Benchmark;
import io.penstock.bench.Options;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.engine.boot.EngineOptions.BackendChoice;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The CUDA engine: whether what it computes is right, how fast it is with the shape of
 * Llama-3.1-8B, in this process and served over HTTP. What each figure should be and why stands in
 * {@code bench/gpu/NOTES.md}.
 */
public final class GpuBenchmark implements Benchmark {
  private static final List<Workload> WORKLOADS = new ArrayList<>();

  static {
    WORKLOADS.addAll(Checks.WORKLOADS);
    WORKLOADS.addAll(Speed.WORKLOADS);
    WORKLOADS.addAll(Serving.WORKLOADS);
  }

  @Override
  public String name() {
    return "gpu";
  }

  @Override
  public String description() {
    return "CUDA engine: correctness, speed in process and over HTTP against vLLM's figures";
  }

  @Override
  public Options options(List<String> arguments) {
    Options options =
        Options.parse(
            arguments,
            Set.of(
                "backend",
                "model",
                "scratch",
                "max-num-seqs",
                "max-num-batched-tokens",
                "gpu-memory-percent"),
            Set.of("quick"));
    GpuSettings.of(options);
    chosen(options);
    return options;
  }

  /** The workloads that the words name, alone or by group; all without words. */
  private static List<Workload> chosen(Options options) {
    Set<String> names = new LinkedHashSet<>();
    for (Workload workload : WORKLOADS) {
      names.add(workload.group());
    }
    WORKLOADS.forEach(w -> names.add(w.name()));
    for (String word : options.words()) {
      if (!names.contains(word)) {
        throw new IllegalArgumentException(
            "there is no workload '" + word + "'; there are: " + String.join(", ", names));
      }
    }
    return WORKLOADS.stream()
        .filter(
            w ->
                options.words().isEmpty()
                    || options.words().contains(w.group())
                    || options.words().contains(w.name()))
        .toList();
  }

  private static List<String> longOnes() {
    return WORKLOADS.stream().filter(Workload::isLong).map(Workload::name).toList();
  }

  @Override
  public void run(Options options, Report report) throws Exception {
    GpuSettings settings = GpuSettings.of(options);
    List<Workload> workloads = new ArrayList<>(chosen(options));
    if (settings.quick()
        && workloads.removeIf(w -> w.isLong() && !options.words().contains(w.name()))) {
      report.note("left out for being long, unless named: " + String.join(", ", longOnes()));
    }
    if (settings.backend() == BackendChoice.CUDA) {
      report.note(Ceilings.requireGpu());
    }
    try (Session session = new Session(settings)) {
      for (int i = 0; i < workloads.size(); i++) {
        Workload workload = workloads.get(i);
        report.progress((double) i / workloads.size(), workload.doing());
        try {
          workload.body().run(session, report);
        } catch (Exception | OutOfMemoryError e) {
          e.printStackTrace();
          report.add(Row.failed(workload.name(), e.toString()));
          session.closeEngine(); // the next one begins anew
        }
      }
    }
    report.note(
        "%s, %s, at most %d sequences and %d tokens in a step in process"
            .formatted(
                settings.shape().name(),
                settings.quick() ? "quick: fewer tokens" : "as vLLM was measured",
                settings.maxNumSeqs(),
                settings.maxNumBatchedTokens()));
  }
}
