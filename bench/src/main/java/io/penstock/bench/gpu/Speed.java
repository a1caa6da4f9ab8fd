package io.penstock.bench.gpu;

import io.penstock.bench.Numbers;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.bench.engine.EngineDriver;
import io.penstock.bench.engine.Timeline;
import io.penstock.bench.model.ModelShape;
import io.penstock.engine.client.DeviceMetrics;
import io.penstock.engine.client.EngineMetrics;
import java.util.ArrayList;
import java.util.List;

/** Speed of the engine in this process: token ids in, events out, greedy, no early end. */
final class Speed {
  static final List<Workload> WORKLOADS =
      List.of(
          new Workload("speed", "ceilings", "copy bandwidth and GEMM rate", Speed::ceilings),
          decode(1, 400, 6.44, 5.4),
          decode(32, 272, 7.03, 6.2),
          decode(128, 272, 9.13, 7.9),
          prefill(1, 8192, 37_700, 39_000),
          prefill(16, 512, 41_100, 44_000),
          burst("burst128", 128, 128, 1024, 16_162, 18_000),
          burst("long1000", 1000, 1000, 512, 7_165, 8_000),
          new Workload("speed", "idle", "what the GPU waits for, batch 64", Speed::idle));

  private static final int DECODE_PROMPT = 128;

  private Speed() {}

  private static void ceilings(Session session, Report report) {
    Ceilings ceilings = session.ceilings();
    if (ceilings.copyBytesPerSecond() == 0) {
      return; // no GPU
    }
    report.add(
        Row.info(
            "ceiling.copy",
            "device-to-device copy, read plus written",
            ceilings.copyBytesPerSecond() / 1e12,
            "TB/s"));
    report.add(
        Row.info(
            "ceiling.gemm",
            "bf16 GEMM, 8192 cubed, random data",
            ceilings.gemmFlopsPerSecond() / 1e12,
            "TFLOP/s"));
  }

  // ---- decoding

  private static Workload decode(int batch, int tokens, double vllm, double target) {
    String name = "decode" + batch;
    String what =
        "decode, batch %d, context %d to %d, a step (vLLM 0.24: %s)"
            .formatted(batch, DECODE_PROMPT, DECODE_PROMPT + tokens, Numbers.text(vllm));
    return new Workload(
        "speed",
        name,
        "decoding at batch " + batch,
        (session, report) -> {
          GpuSettings settings = session.settings();
          EngineDriver driver = session.driver();
          int count = settings.quick() ? Math.min(tokens, 160) : tokens;
          driver.together(batch, DECODE_PROMPT, 16); // captures, tunes, compiles
          List<Double> steps = new ArrayList<>();
          for (int round = 0; round < (settings.quick() ? 1 : 3); round++) {
            steps.add(stepMillis(driver.together(batch, DECODE_PROMPT, count)));
          }
          double millis = steps.stream().mapToDouble(d -> d).sorted().toArray()[steps.size() / 2];
          report.add(settings.atMost("decode.batch" + batch, what, millis, "ms", target));
          addShare(session, report, batch, DECODE_PROMPT + count / 2, millis);
        });
  }

  /** From the moment when all streams decode to the moment when the first one ends. */
  static double stepMillis(List<Timeline> timelines) {
    long start = timelines.stream().mapToLong(t -> t.at(0)).max().orElseThrow();
    long end = timelines.stream().mapToLong(Timeline::last).min().orElseThrow();
    long counted = timelines.stream().mapToLong(t -> t.within(start, end)).sum();
    return (end - start) / 1e6 * timelines.size() / counted;
  }

  /** The share of the copy bandwidth with which weights and cache were read. */
  private static void addShare(
      Session session, Report report, int batch, int context, double millis) {
    double ceiling = session.ceilings().copyBytesPerSecond();
    if (ceiling == 0) {
      return;
    }
    ModelShape shape = session.settings().shape();
    double weights = Floors.decodeWeightBytes(shape);
    double bytes = weights + (double) batch * context * Floors.kvBytesPerToken(shape);
    report.add(
        Row.info(
            "decode.batch%d.bandwidth".formatted(batch),
            "weights and cache read, of the copy bandwidth",
            bytes / (millis / 1e3) / ceiling * 100,
            "%"));
  }

  // ---- prompts

  private static Workload prefill(int count, int tokens, double vllm, double target) {
    String what = "prefill, %d x %,d (vLLM 0.24: %s)".formatted(count, tokens, Numbers.text(vllm));
    return new Workload(
        "speed",
        "prefill" + count,
        "prefilling %d x %d".formatted(count, tokens),
        (session, report) -> {
          EngineDriver driver = session.driver();
          driver.together(count, tokens, 1);
          List<Double> rates = new ArrayList<>();
          for (int round = 0; round < (session.settings().quick() ? 3 : 7); round++) {
            List<Timeline> timelines = driver.together(count, tokens, 1);
            long start = timelines.stream().mapToLong(Timeline::submitted).min().orElseThrow();
            long end = timelines.stream().mapToLong(Timeline::last).max().orElseThrow();
            rates.add((double) count * tokens * 1e9 / (end - start));
          }
          double rate = Numbers.median(rates.stream().mapToDouble(d -> d).toArray());
          report.add(
              session
                  .settings()
                  .atLeast(
                      "prefill.%dx%d".formatted(count, tokens), what, rate, "tokens/s", target));
          report.add(
              Row.info(
                  "prefill.%dx%d.outside".formatted(count, tokens),
                  "from submission to first token, less what the GPU computed",
                  outsideMillis(driver, count, tokens),
                  "ms"));
          double ceiling = session.ceilings().gemmFlopsPerSecond();
          if (ceiling > 0) {
            report.add(
                Row.info(
                    "prefill.%dx%d.flops".formatted(count, tokens),
                    "its GEMMs alone, of the 8192-cube rate",
                    rate * Floors.gemmFlopsPerToken(session.settings().shape()) / ceiling * 100,
                    "%"));
          }
        });
  }

  /** In a round of its own, as the device tells its figures once a second. */
  private static double outsideMillis(EngineDriver driver, int count, int tokens)
      throws InterruptedException {
    long before = computedNanos(driver);
    List<Timeline> timelines = driver.together(count, tokens, 1);
    long start = timelines.stream().mapToLong(Timeline::submitted).min().orElseThrow();
    long end = timelines.stream().mapToLong(Timeline::last).max().orElseThrow();
    return (end - start - (computedNanos(driver) - before)) / 1e6;
  }

  private static long computedNanos(EngineDriver driver) throws InterruptedException {
    Thread.sleep(1100);
    return driver.engine().metrics().device().map(DeviceMetrics::computedNanos).orElse(0L);
  }

  // ---- many requests at once

  private static Workload burst(
      String name, int in, int out, int count, double vllm, double target) {
    String what =
        "%d in, %d out, %,d requests at once, output (vLLM 0.24: %s)"
            .formatted(in, out, count, Numbers.text(vllm));
    return new Workload(
        "speed",
        name,
        "%d in, %d out, %d requests".formatted(in, out, count),
        out > 500,
        (session, report) -> {
          EngineDriver driver = session.driver();
          EngineMetrics before = driver.engine().metrics();
          List<Timeline> timelines = driver.together(count, in, out);
          EngineMetrics after = driver.engine().metrics();
          long start = timelines.stream().mapToLong(Timeline::submitted).min().orElseThrow();
          long end = timelines.stream().mapToLong(Timeline::last).max().orElseThrow();
          double rate = (double) count * out * 1e9 / (end - start);
          report.add(
              session
                  .settings()
                  .atLeast("throughput.%dx%d".formatted(in, out), what, rate, "tokens/s", target));
          report.note(
              "%s: %.1f s, %d steps, %d preemptions, %d of them to the host, %.1f GB copied"
                  .formatted(
                      name,
                      (end - start) / 1e9,
                      after.steps() - before.steps(),
                      after.preemptions() - before.preemptions(),
                      after.swap().offloads() - before.swap().offloads(),
                      (after.swap().copiedBytes() - before.swap().copiedBytes()) / 1e9));
        });
  }

  // ---- what the GPU waits for

  private static void idle(Session session, Report report) throws Exception {
    EngineDriver driver = session.driver();
    driver.together(64, DECODE_PROMPT, 16);
    EngineMetrics before = driver.engine().metrics();
    double millis = stepMillis(driver.together(64, DECODE_PROMPT, 272));
    EngineMetrics after = driver.engine().metrics();
    report.add(Row.info("decode.batch64", "decode, batch 64, a step", millis, "ms"));
    IdleTime.of(before, after).report(session.settings(), report);
  }
}
