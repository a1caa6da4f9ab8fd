package io.penstock.bench.embeddings;

import io.penstock.bench.Benchmark;
import io.penstock.bench.Options;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.engine.boot.EngineFactory;
import io.penstock.engine.boot.EngineOptions;
import io.penstock.engine.boot.LoadProgress;
import io.penstock.engine.client.InferenceEngine;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An embedding model against reference ids and embeddings of another implementation, texts alone
 * against the same texts together, and how many tokens a second it embeds. The reference is a file
 * {@code {"items": [{"text", "ids", "embedding"}]}}, or with the first and last components only, in
 * {@code first16} and {@code last16}; ids may be truncated to the model's longest input.
 */
public final class EmbeddingsBenchmark implements Benchmark {
  private static final double TOLERANCE = 1e-5; // its five digits are rounded by 5e-6 at most
  private static final double BATCH_TOLERANCE = 1e-6;
  private static final int ROUNDS = 5;

  @Override
  public String name() {
    return "embeddings";
  }

  @Override
  public String description() {
    return "an embedding model against a reference: --model FOLDER [--reference FILE] [--threads N]";
  }

  @Override
  public Options options(List<String> arguments) {
    Options options = Options.parse(arguments, Set.of("model", "reference", "threads"), Set.of());
    if (!options.has("model")) {
      throw new IllegalArgumentException(
          "--model FOLDER is missing: a folder of all-MiniLM-L6-v2 or another embedding model");
    }
    return options;
  }

  @Override
  public void run(Options options, Report report) throws Exception {
    Path model = Path.of(options.text("model", ""));
    Path file = Path.of(options.text("reference", model.resolve("reference.json").toString()));
    if (!Files.exists(file)) {
      throw new IllegalArgumentException("there is no reference at " + file);
    }
    List<Item> items = items(file.toFile());
    report.progress(0, "loading the model");
    EngineOptions engineOptions =
        new EngineOptions(
            "embeddings",
            model,
            EngineOptions.BackendChoice.CPU,
            options.number("threads", 0),
            0,
            0,
            0,
            0,
            0,
            256,
            0,
            1);
    try (InferenceEngine engine = EngineFactory.load(engineOptions, LoadProgress.NONE)) {
      Embedder embedder = new Embedder(engine);
      ids(engine, items, report);
      report.progress(0.1, "each text alone");
      List<float[]> alone = new ArrayList<>();
      for (Item item : items) {
        alone.add(embedder.embed(List.of(item.ids)).getFirst());
      }
      reference(items, alone, report);
      report.progress(0.4, "all together");
      List<int[]> all = items.stream().map(Item::ids).toList();
      together(alone, embedder.embed(all), report);
      rate(embedder, all, report);
      report.note(engine.model().architecture() + ", " + engine.model().backend());
    }
  }

  /**
   * @param first components of its embedding, from the first on
   * @param last others, up to the last
   */
  private record Item(String text, int[] ids, double[] first, double[] last) {

    double distance(float[] vector) {
      double worst = vector.length >= Math.max(first.length, last.length) ? 0 : Double.NaN;
      for (int i = 0; i < first.length; i++) {
        worst = Math.max(worst, Math.abs(vector[i] - first[i]));
      }
      for (int i = 0; i < last.length; i++) {
        worst = Math.max(worst, Math.abs(vector[vector.length - last.length + i] - last[i]));
      }
      return worst;
    }
  }

  private static List<Item> items(File file) {
    List<Item> items = new ArrayList<>();
    for (JsonNode item : JsonMapper.shared().readTree(file).get("items")) {
      items.add(
          new Item(
              item.get("text").asString(),
              item.get("ids").valueStream().mapToInt(JsonNode::asInt).toArray(),
              doubles(item, item.has("embedding") ? "embedding" : "first16"),
              doubles(item, item.has("embedding") ? "embedding" : "last16")));
    }
    return items;
  }

  private static double[] doubles(JsonNode item, String key) {
    return item.get(key).valueStream().mapToDouble(JsonNode::asDouble).toArray();
  }

  /** Of texts beyond the longest input the reference keeps the beginning and the last token. */
  private static void ids(InferenceEngine engine, List<Item> items, Report report) {
    int equal = 0;
    for (Item item : items) {
      int[] ids = engine.text().encode(item.text, true, true);
      int longest = engine.model().maxModelLen();
      if (ids.length > longest) {
        int end = ids[ids.length - 1];
        ids = Arrays.copyOf(ids, longest);
        ids[longest - 1] = end;
      }
      equal += Arrays.equals(ids, item.ids) ? 1 : 0;
    }
    report.add(
        Row.atLeast(
            "ids.equal",
            "texts of %d with the reference's token ids".formatted(items.size()),
            equal,
            "texts",
            items.size()));
  }

  private static void reference(List<Item> items, List<float[]> vectors, Report report) {
    double worst = 0;
    for (int i = 0; i < items.size(); i++) {
      worst = Math.max(worst, items.get(i).distance(vectors.get(i)));
    }
    report.add(
        Row.atMost(
            "reference.difference",
            "largest difference of a component from the reference",
            worst,
            "",
            TOLERANCE));
  }

  private static void together(List<float[]> alone, List<float[]> together, Report report) {
    double worst = 0;
    for (int i = 0; i < alone.size(); i++) {
      worst = Math.max(worst, distance(alone.get(i), together.get(i)));
    }
    report.add(
        Row.atMost(
            "batch.difference",
            "largest difference of a component between alone and together",
            worst,
            "",
            BATCH_TOLERANCE));
  }

  private static double distance(float[] one, float[] other) {
    double worst = one.length == other.length ? 0 : Double.NaN;
    for (int i = 0; i < one.length; i++) {
      worst = Math.max(worst, Math.abs((double) one[i] - other[i]));
    }
    return worst;
  }

  private static void rate(Embedder embedder, List<int[]> all, Report report)
      throws InterruptedException {
    long tokens = all.stream().mapToLong(ids -> ids.length).sum();
    double[] rates = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      report.progress(0.5 + 0.5 * round / ROUNDS, "rate, round " + (round + 1));
      long begun = System.nanoTime();
      embedder.embed(all);
      rates[round] = tokens * 1e9 / (System.nanoTime() - begun);
    }
    Arrays.sort(rates);
    report.add(
        Row.info(
            "rate",
            "all %d texts in one request, %,d tokens, median of %d"
                .formatted(all.size(), tokens, ROUNDS),
            rates[ROUNDS / 2],
            "tokens/s"));
  }
}
