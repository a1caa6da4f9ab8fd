package io.penstock.engine.boot;

import io.penstock.engine.boot.EngineOptions.BackendChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Whole models on a GPU against references in float32: every tiny checkpoint, every GGUF type and
 * SmolLM2. A plain program that needs a JRE and the engine's class path only; exits with 1 when a
 * check fails.
 *
 * <pre>
 * java ... io.penstock.engine.boot.CudaModelCheck FIXTURES SMOLLM2.gguf [cpu|cuda]
 * </pre>
 *
 * With {@code cpu} the same checks run there, which shows that they are right.
 *
 * <p>The criterion is the fixtures' README: a logit may be off by three times the error that the
 * checkpoint's own type causes in Hugging Face transformers, and by twice that where two paths of
 * this engine are compared, since both carry it. Checkpoints in float32 and quantized ones lose
 * more when their weights become bf16, and get half as much again.
 *
 * <p>The error relative to a row's norm is printed, but decides nothing here: with 64 hidden values
 * a rounding has few others to average with, and 0.02 to 0.07 are ordinary. That criterion, 0.02,
 * belongs to the larger random models of {@code bench gpu check}, which stay near 0.005.
 */
public final class CudaModelCheck {
  /** Largest logit error of bf16 in transformers over the tiny models that are stored in it. */
  private static final double BF16_NOISE = 0.17;

  private static final double NOISES = 3;
  private static final double CONVERTED = 1.5;

  private static final List<String> GGUF_TYPES =
      List.of("F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q4_K", "Q5_K", "Q6_K");

  /** Measuring each tiny shape would take longer than all checks; these have biases and QK-norm. */
  private static final Set<String> TUNED = Set.of("llama-bias", "qwen3");

  private CudaModelCheck() {}

  public static void main(String[] arguments) throws IOException {
    Path fixtures = Path.of(arguments[0]);
    Path smolLm2 = Path.of(arguments[1]);
    BackendChoice backend =
        arguments.length > 2 && arguments[2].equals("cpu") ? BackendChoice.CPU : BackendChoice.CUDA;
    CheckTable table = new CheckTable();
    long begin = System.nanoTime();
    for (Path folder : folders(fixtures.resolve("tiny"))) {
      attempt(table, folder.getFileName().toString(), () -> tiny(table, backend, folder));
    }
    JsonNode gguf = json(fixtures.resolve("gguf-tiny/reference.json"));
    for (String type : GGUF_TYPES) {
      Path file = fixtures.resolve("gguf-tiny").resolve(type + ".gguf");
      attempt(table, type + ".gguf", () -> gguf(table, backend, file, type, gguf));
    }
    JsonNode reference = json(fixtures.resolve("smollm2/smollm2-reference.json"));
    attempt(
        table,
        "SmolLM2",
        () -> {
          new SmolLm2Checks(table, backend, smolLm2, reference).teacherForced();
          new SmolLm2Checks(table, backend, smolLm2, reference).served();
        });
    table.summary(System.nanoTime() - begin);
    System.exit(table.failures() > 0 ? 1 : 0);
  }

  private static void attempt(CheckTable table, String model, Runnable check) {
    try {
      check.run();
    } catch (RuntimeException | Error e) {
      table.error(model, e);
    }
  }

  private static void tiny(CheckTable table, BackendChoice backend, Path folder) {
    JsonNode reference = json(folder.resolve("reference.json"));
    JsonNode noise = reference.get("noise");
    double own =
        noise.has("bfloat16_max_abs_logit_diff")
            ? noise.get("bfloat16_max_abs_logit_diff").asDouble()
            : noise.has("float16_max_abs_logit_diff")
                ? noise.get("float16_max_abs_logit_diff").asDouble()
                : CONVERTED * BF16_NOISE;
    String name = folder.getFileName().toString();
    try (PagedModel model =
        new PagedModel(options(backend, folder, 208, 256), 256, TUNED.contains(name))) {
      TinyModelChecks checks = new TinyModelChecks(table, name, model, NOISES * own);
      List<JsonNode> prompts = reference.get("prompts").valueStream().toList();
      checks.wholePrompts(prompts);
      checks.chunks(prompts);
      checks.decodeTogether(prompts);
      checks.paddedBatches(prompts.get(2));
      checks.recomputed(prompts.get(2));
    }
  }

  private static void gguf(
      CheckTable table, BackendChoice backend, Path file, String type, JsonNode reference) {
    boolean exact = type.equals("BF16") || type.equals("F16");
    double tolerance = NOISES * BF16_NOISE * (exact ? 1 : CONVERTED);
    JsonNode expected = reference.get("types").get(type);
    try (PagedModel model = new PagedModel(options(backend, file, 128, 128), 64, false)) {
      LogitError error = new LogitError();
      for (int i = 0; i < 3; i++) {
        int[] ids = ints(reference.get("prompts").get(i));
        error.add(
            model.logits(ids, ids.length - 1, 128).getFirst(),
            floats(expected.get("last_logits").get(i)));
      }
      table.row(
          file.getFileName().toString(),
          "last logits",
          error.within(tolerance),
          "%s (tolerance %.3f)",
          error.text(),
          tolerance);
    }
  }

  /** One model on the GPU, with room for a small cache beside others. */
  static EngineOptions options(BackendChoice backend, Path location, int seqs, int tokens) {
    return new EngineOptions(
        location.getFileName().toString(),
        location,
        backend,
        0,
        0,
        0,
        0,
        seqs,
        tokens,
        256,
        0,
        0.5);
  }

  private static List<Path> folders(Path parent) throws IOException {
    try (Stream<Path> children = Files.list(parent)) {
      return children.filter(Files::isDirectory).sorted().toList();
    }
  }

  static JsonNode json(Path file) {
    return JsonMapper.shared().readTree(file.toFile());
  }

  static int[] ints(JsonNode array) {
    return array.valueStream().mapToInt(JsonNode::asInt).toArray();
  }

  static float[] floats(JsonNode array) {
    float[] values = new float[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) array.get(i).asDouble();
    }
    return values;
  }
}
