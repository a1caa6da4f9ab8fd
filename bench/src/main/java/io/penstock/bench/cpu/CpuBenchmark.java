package io.penstock.bench.cpu;

import io.penstock.bench.Benchmark;
import io.penstock.bench.Installation;
import io.penstock.bench.Numbers;
import io.penstock.bench.Options;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.engine.boot.EngineFactory;
import io.penstock.engine.boot.EngineOptions;
import io.penstock.engine.boot.LoadProgress;
import io.penstock.engine.client.InferenceEngine;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The CPU engine on the bundled model: decode and prefill rates, the share of the memory bandwidth
 * measured in the same run, and the ratio to llama.cpp with the same file and threads, the two
 * timed in alternation where its binaries are at hand.
 */
public final class CpuBenchmark implements Benchmark {
  private static final int ROUNDS = 5;
  private static final int DECODE_TOKENS = 64;
  private static final int[] BATCHES = {1, 4, 8, 16};
  private static final int[] PROMPTS = {128, 512};

  /** llama.cpp build 11434 on this file, 2 threads, an EPYC with AVX-512 VNNI (medians). */
  private static final Map<String, Double> RECORDED =
      Map.of(
          "decode.batch1",
          121.0,
          "decode.batch8",
          211.0,
          "prefill.128",
          316.0,
          "prefill.512",
          314.0);

  /** What is asked of the ratio to llama.cpp. */
  private static final Map<String, Double> WANTED =
      Map.of("decode.batch1", 1.0, "decode.batch8", 1.3, "prefill.128", 1.6, "prefill.512", 1.6);

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public String description() {
    return "CPU engine: decode and prefill rates against llama.cpp and the memory bandwidth";
  }

  @Override
  public void run(Options options, Report report) throws Exception {
    int threads = threads();
    Path model = Installation.bundledModel();
    Optional<LlamaCpp> peer = LlamaCpp.find();
    Samples ours = new Samples();
    Samples theirs = new Samples();
    report.progress(0, "loading the model");
    try (InferenceEngine engine = EngineFactory.load(options(model, threads), LoadProgress.NONE)) {
      EngineTimer timer = new EngineTimer(engine);
      report.progress(0.05, "warming up");
      measure(timer, new Samples());
      for (int round = 0; round < ROUNDS; round++) {
        double share = 0.1 + 0.8 * round / ROUNDS;
        report.progress(share, "Penstock, round " + (round + 1) + " of " + ROUNDS);
        measure(timer, ours);
        if (peer.isPresent()) {
          report.progress(share + 0.4 / ROUNDS, "llama.cpp, round " + (round + 1));
          measure(peer.get(), model, threads, theirs);
        }
      }
      report.progress(0.95, "reading memory");
      double bandwidth = bandwidth(threads);
      addRates(report, ours, theirs, peer.isPresent());
      addBandwidth(report, engine.model().weightBytes(), ours, bandwidth);
      report.note(engine.model().backend() + ", " + ROUNDS + " rounds, medians");
    }
    report.note(
        peer.isPresent()
            ? "llama.cpp timed in alternation; ratios are medians of the rounds' ratios"
            : "no llama-bench found (name it with LLAMA_BENCH): ratios are against recorded figures"
                + " of another machine, so read them with care");
  }

  private static EngineOptions options(Path model, int threads) {
    EngineOptions defaults = EngineOptions.of("bench", model);
    return new EngineOptions(
        "bench",
        model,
        EngineOptions.BackendChoice.CPU,
        threads,
        0,
        0,
        defaults.swapBytes(),
        defaults.maxNumSeqs(),
        defaults.maxNumBatchedTokens(),
        defaults.maxQueuedRequests(),
        defaults.device(),
        defaults.gpuMemoryUtilization());
  }

  private static int threads() {
    String configured = System.getenv("PENSTOCK_THREADS");
    return configured == null || configured.isBlank()
        ? Runtime.getRuntime().availableProcessors()
        : Integer.parseInt(configured);
  }

  private static void measure(EngineTimer timer, Samples into) throws InterruptedException {
    for (int batch : BATCHES) {
      into.add("decode.batch" + batch, timer.decode(batch, DECODE_TOKENS));
    }
    for (int prompt : PROMPTS) {
      into.add("prefill." + prompt, timer.prefill(prompt));
    }
  }

  private static void measure(LlamaCpp peer, Path model, int threads, Samples into)
      throws Exception {
    peer.decode(model, threads, DECODE_TOKENS, BATCHES)
        .forEach((batch, rate) -> into.add("decode.batch" + batch, rate));
    peer.prefill(model, threads, PROMPTS)
        .forEach((length, rate) -> into.add("prefill." + length, rate));
  }

  private static double bandwidth(int threads) throws Exception {
    try (ReadBandwidth memory = new ReadBandwidth(threads)) {
      return memory.measure(8);
    }
  }

  private static void addRates(Report report, Samples ours, Samples theirs, boolean live) {
    for (String item : ours.items()) {
      report.add(Row.info(item, describe(item), ours.median(item), "tokens/s"));
    }
    for (String item : ours.items()) {
      if (live) {
        report.add(
            Row.info(
                item + ".llamacpp",
                describe(item) + ", llama.cpp",
                theirs.median(item),
                "tokens/s"));
      }
      double[] ratios = live ? ours.ratios(item, theirs) : null;
      Double wanted = WANTED.get(item);
      if (ratios != null || RECORDED.containsKey(item)) {
        double ratio =
            ratios != null ? Numbers.median(ratios) : ours.median(item) / RECORDED.get(item);
        String what = describe(item) + (live ? " / llama.cpp" : " / llama.cpp as recorded");
        report.add(
            wanted == null
                ? Row.info(item + ".ratio", what, ratio, "times")
                : Row.atLeast(item + ".ratio", what, ratio, "times", wanted));
      }
    }
  }

  private static void addBandwidth(
      Report report, long weightBytes, Samples ours, double bandwidth) {
    double decode = ours.median("decode.batch1");
    report.add(
        Row.info("bytes.token", "weights read per token at batch 1", weightBytes / 1e6, "MB"));
    report.add(
        Row.info("bandwidth.read", "memory read, all threads, same run", bandwidth / 1e9, "GB/s"));
    report.add(
        Row.info(
            "bandwidth.share",
            "share of it that decoding at batch 1 uses",
            decode * weightBytes / bandwidth * 100,
            "%"));
  }

  private static String describe(String item) {
    return item.startsWith("decode.batch")
        ? "decode, batch " + item.substring("decode.batch".length())
        : "prefill, " + item.substring("prefill.".length()) + " tokens";
  }
}
