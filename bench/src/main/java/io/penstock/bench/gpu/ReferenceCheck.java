package io.penstock.bench.gpu;

import io.penstock.bench.Report;
import io.penstock.engine.boot.ModelLogits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Checkpoints with a {@code reference.json} that transformers computed in float32: the small random
 * models where PyTorch is at hand, which {@code bench/gpu/reference.py} needs, else those among the
 * tests' fixtures.
 */
final class ReferenceCheck {
  private static final String REFERENCE = "reference.json";
  private static final double MOST_ERROR = 2e-2;

  /** Weights stored in float32 lose half as much again when they become bf16. */
  private static final double MOST_ERROR_CONVERTED = 3e-2;

  private static final int CHUNK = 1024;

  private final Session session;
  private final Report report;

  ReferenceCheck(Session session, Report report) {
    this.session = session;
    this.report = report;
  }

  void run() throws IOException {
    List<Path> made = folders(session.settings().smallModels());
    if (made.isEmpty()) {
      report.note(
          "references: only the tests' own; bench/gpu/reference.py makes larger ones where PyTorch is"
              + " installed");
    }
    for (Path folder : made.isEmpty() ? folders(GpuSettings.fixtures().resolve("tiny")) : made) {
      check(folder);
    }
  }

  private static List<Path> folders(Path parent) throws IOException {
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(parent)) {
      return children.filter(c -> Files.exists(c.resolve(REFERENCE))).sorted().toList();
    }
  }

  private void check(Path folder) {
    JsonNode reference = JsonMapper.shared().readTree(folder.resolve(REFERENCE).toFile());
    JsonNode prompts = reference.get("prompts");
    boolean converted = reference.get("state_dtype").asString().equals("float32");
    int longest = prompts.valueStream().mapToInt(p -> p.get("ids").size()).max().orElseThrow();
    Agreement agreement = new Agreement();
    try (ModelLogits model =
        new ModelLogits(
            session.settings().engine(folder, 0, 1, CHUNK), 1, longest, Math.min(CHUNK, longest))) {
      for (JsonNode prompt : prompts) {
        int[] ids = prompt.get("ids").valueStream().mapToInt(JsonNode::asInt).toArray();
        compare(model.sequence(0, ids, Math.min(CHUNK, longest)), prompt, agreement);
      }
    }
    String name = folder.getFileName().toString();
    agreement.report(
        report,
        "reference." + name,
        name + " against transformers",
        converted ? MOST_ERROR_CONVERTED : MOST_ERROR);
  }

  /** All logits of the last position, the best token of every other one. */
  private static void compare(float[][] logits, JsonNode prompt, Agreement agreement) {
    float[] last = floats(prompt.get("last_logits"));
    agreement.add(logits[logits.length - 1], last);
    double deviation = deviation(last);
    for (int i = 0; i < logits.length - 1; i++) {
      agreement.addTop(
          Agreement.bestTwo(logits[i])[0] == prompt.get("argmax").get(i).asInt(),
          prompt.get("argmax_margin").get(i).asDouble() > Agreement.CLOSE_CALL * deviation);
    }
  }

  private static float[] floats(JsonNode array) {
    float[] values = new float[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) array.get(i).asDouble();
    }
    return values;
  }

  private static double deviation(float[] values) {
    double sum = 0;
    double squares = 0;
    for (float value : values) {
      sum += value;
      squares += (double) value * value;
    }
    double mean = sum / values.length;
    return Math.sqrt(squares / values.length - mean * mean);
  }
}
