package io.penstock.engine.boot;

import static io.penstock.engine.boot.CudaModelCheck.floats;
import static io.penstock.engine.boot.CudaModelCheck.ints;
import static io.penstock.engine.boot.LoadedModel.argmax;

import io.penstock.engine.boot.PagedModel.Part;
import io.penstock.engine.boot.PagedModel.Sequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * One tiny model by every path on which an engine may compute it: whole prompts, chunks, decode
 * steps recorded or not and padded or not, and recomputing after a preemption.
 */
final class TinyModelChecks {
  private static final int[] CHUNKS = {1, 5, 16, 33};
  private static final int[] BATCHES = {1, 2, 3, 4, 5, 8, 9, 17, 40};
  private static final int ROUNDS = 4; // a size is computed, recorded, and replayed twice

  private final CheckTable table;
  private final String name;
  private final PagedModel model;
  private final double tolerance;

  /**
   * @param tolerance of a logit against the reference
   */
  TinyModelChecks(CheckTable table, String name, PagedModel model, double tolerance) {
    this.table = table;
    this.name = name;
    this.model = model;
    this.tolerance = tolerance;
  }

  /** Prompts in one step each, against the reference. */
  void wholePrompts(List<JsonNode> prompts) {
    LogitError error = new LogitError();
    Agreement best = new Agreement();
    for (JsonNode prompt : prompts) {
      int[] ids = ints(prompt.get("ids"));
      List<float[]> logits = model.logits(ids, 0, ids.length);
      error.add(logits.getLast(), floats(prompt.get("last_logits")));
      for (int i = 0; i < ids.length; i++) {
        best.add(
            argmax(logits.get(i)),
            prompt.get("argmax").get(i).asInt(),
            prompt.get("argmax_margin").get(i).asDouble());
      }
    }
    row("last logits", error, tolerance);
    row("best token of every position", best);
  }

  /** The same in chunks; chunks of one token are decode steps. */
  void chunks(List<JsonNode> prompts) {
    for (int chunk : CHUNKS) {
      LogitError error = new LogitError();
      for (JsonNode prompt : prompts) {
        int[] ids = ints(prompt.get("ids"));
        List<float[]> whole = model.logits(ids, 0, ids.length);
        List<float[]> parts = model.logits(ids, 0, chunk);
        for (int i = 0; i < ids.length; i++) {
          error.add(parts.get(i), whole.get(i));
        }
      }
      row("chunks of %d like the whole".formatted(chunk), error, betweenPaths());
    }
  }

  /** All prompts in one step, then their continuations together, fed as the reference has them. */
  void decodeTogether(List<JsonNode> prompts) {
    String greedy = prompts.getFirst().has("greedy_cached") ? "greedy_cached" : "greedy";
    List<Sequence> sequences = new ArrayList<>();
    List<Part> parts = new ArrayList<>();
    for (JsonNode prompt : prompts) {
      int[] ids = ints(prompt.get("ids"));
      Sequence sequence = model.sequence(ids.length, ids.length + prompt.get(greedy).size());
      sequences.add(sequence);
      parts.add(new Part(sequence, ids, ids.length - 1));
    }
    Agreement best = new Agreement();
    List<float[]> logits = model.step(parts);
    int steps = prompts.getFirst().get(greedy).size();
    for (int step = 0; step < steps; step++) {
      parts.clear();
      for (int s = 0; s < prompts.size(); s++) {
        int expected = prompts.get(s).get(greedy).get(step).asInt();
        double margin = prompts.get(s).get(greedy + "_margin").get(step).asDouble();
        best.add(argmax(logits.get(s)), expected, margin);
        parts.add(new Part(sequences.get(s), new int[] {expected}, 0));
      }
      logits = step + 1 < steps ? model.step(parts) : logits;
    }
    sequences.forEach(model::free);
    row("greedy tokens, decoded together", best);
  }

  /** Batches of several sizes, all sequences alike: each row is what it is alone. */
  void paddedBatches(JsonNode prompt) {
    int[] ids = ints(prompt.get("ids"));
    int[] head = Arrays.copyOf(ids, ids.length - ROUNDS);
    int[] tail = Arrays.copyOfRange(ids, ids.length - ROUNDS, ids.length);
    List<float[]> alone = model.logits(ids, head.length, ids.length);
    LogitError error = new LogitError();
    int differing = 0;
    for (int size : BATCHES) {
      List<Sequence> sequences = new ArrayList<>();
      for (int s = 0; s < size; s++) {
        Sequence sequence = model.sequence(ids.length, ids.length);
        model.feed(sequence, head, head.length, head.length);
        sequences.add(sequence);
      }
      for (int round = 0; round < ROUNDS; round++) {
        int[] tokens = new int[size];
        Arrays.fill(tokens, tail[round]);
        PagedModel.Decoded decoded = model.decode(sequences, tokens);
        for (int s = 0; s < size; s++) {
          error.add(decoded.logits().get(s), alone.get(round));
          int chosen = decoded.sampled()[s];
          differing += chosen == argmax(decoded.logits().get(s)) ? 0 : 1;
        }
      }
      sequences.forEach(model::free);
    }
    row("batches of 1 to 40, padded", error, betweenPaths());
    table.row(name, "the device samples the best", differing == 0, "%d differ", differing);
  }

  /** A sequence that was decoded, thrown away and computed again in one step. */
  void recomputed(JsonNode prompt) {
    int[] ids = ints(prompt.get("ids"));
    int[] generated = ints(prompt.get("greedy"));
    Sequence decoded = model.sequence(ids.length, ids.length + generated.length);
    model.feed(decoded, ids, ids.length, ids.length);
    List<float[]> before = model.feed(decoded, generated, 0, 1);
    model.free(decoded);
    model.logits(ints(prompt.get("ids")), 0, 16); // overwrites what was freed

    Sequence again = model.sequence(ids.length, ids.length + generated.length);
    List<Part> parts = new ArrayList<>();
    parts.add(new Part(again, ids, ids.length));
    // One part for each generated token: with dynamic scaling each has a rotation of its own.
    for (int token : generated) {
      parts.add(new Part(again, new int[] {token}, 0));
    }
    List<float[]> after = model.step(parts);
    model.free(again);
    LogitError error = new LogitError();
    for (int i = 0; i < generated.length; i++) {
      error.add(after.get(i), before.get(i));
    }
    row("recomputed like decoded", error, betweenPaths());
  }

  /** Both sides of a comparison of two paths may be off, each in its own direction. */
  private double betweenPaths() {
    return 2 * tolerance;
  }

  private void row(String check, LogitError error, double limit) {
    table.row(name, check, error.within(limit), "%s (tolerance %.3f)", error.text(), limit);
  }

  private void row(String check, Agreement agreement) {
    table.row(name, check, agreement.certainDiffer == 0 && agreement.all > 0, "%s", agreement);
  }

  /** Tokens against the reference's; only those count whose best two are not too close to call. */
  private final class Agreement {
    private int all;
    private int equal;
    private int certain;
    private int certainDiffer;

    void add(int token, int expected, double margin) {
      boolean isCertain = margin > 2 * tolerance;
      all++;
      equal += token == expected ? 1 : 0;
      certain += isCertain ? 1 : 0;
      certainDiffer += isCertain && token != expected ? 1 : 0;
    }

    @Override
    public String toString() {
      return "%d of %d equal; of %d with a margin above %.2f %d differ"
          .formatted(equal, all, certain, 2 * tolerance, certainDiffer);
    }
  }
}
