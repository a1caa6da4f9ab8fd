package io.penstock.bench.gpu;

import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.bench.model.ModelShape;
import io.penstock.engine.boot.ModelLogits;
import io.penstock.engine.boot.ModelLogits.Feed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The same sequence computed in every way in which the engine may come to compute it, against one
 * whole prefill: other kernels and other batch sizes, so equal up to rounding.
 */
final class PathCheck {
  private static final int[] BATCHES = {1, 2, 3, 4, 5, 8, 13, 16, 33, 64};
  private static final int LONGEST = 300;
  private static final int PREFIX_BLOCKS = 5;
  private static final double MOST_ERROR = 2e-2; // two roundings apart, each below 1e-2

  private final Session session;
  private final Report report;
  private final SplittableRandom random = new SplittableRandom(300);

  PathCheck(Session session, Report report) {
    this.session = session;
    this.report = report;
  }

  void run() throws IOException {
    for (ModelShape shape : List.of(SmallShapes.GROUPED, SmallShapes.WINDOWED)) {
      int sequences = Arrays.stream(BATCHES).max().orElseThrow();
      try (ModelLogits model =
          new ModelLogits(
              session.settings().engine(session.smallModel(shape), 0, sequences, 512),
              sequences + 1,
              LONGEST,
              512)) {
        chunks(model, shape);
        prefix(model, shape);
        swapped(model, shape);
        mixed(model, shape);
        lastRows(model, shape);
        decode(model, shape);
        amid(model, shape); // last: from then on steps have pause points
      }
    }
  }

  private int[] prompt(ModelShape shape, int length) {
    return random.ints(length, 0, shape.vocab()).toArray();
  }

  private void chunks(ModelLogits model, ModelShape shape) {
    Agreement agreement = new Agreement();
    for (int chunk : new int[] {1, 2, 7, 16, 31, 64, 200}) {
      int[] prompt = prompt(shape, LONGEST);
      float[][] whole = model.sequence(0, prompt, LONGEST);
      addAll(agreement, model.sequence(1, prompt, chunk), whole);
    }
    report(agreement, shape, "chunked", "prefill in chunks of 1 to 200");
  }

  /** Whole blocks of another sequence, then the rest. */
  private void prefix(ModelLogits model, ModelShape shape) {
    int[] prompt = prompt(shape, LONGEST);
    float[][] whole = model.sequence(0, prompt, LONGEST);
    model.share(1, 0, PREFIX_BLOCKS);
    int from = PREFIX_BLOCKS * 16;
    int[] rest = Arrays.copyOfRange(prompt, from, LONGEST);
    float[][] logits = model.feed(List.of(new Feed(1, rest, LONGEST, 0)));
    Agreement agreement = new Agreement();
    addAll(agreement, logits, Arrays.copyOfRange(whole, from, LONGEST));
    report(agreement, shape, "prefix", "prefix in another sequence's blocks");
  }

  /**
   * The cache of half a sequence goes to the host, its blocks are overwritten, and it comes back
   * into others: nothing may differ from one that stayed, to the last bit.
   */
  private void swapped(ModelLogits model, ModelShape shape) {
    int half = LONGEST / 2;
    Agreement agreement = new Agreement();
    int different = 0;
    for (boolean beside : new boolean[] {false, true}) {
      int[] prompt = prompt(shape, LONGEST);
      int[] first = Arrays.copyOf(prompt, half);
      int[] rest = Arrays.copyOfRange(prompt, half, LONGEST);
      int[] other = prompt(shape, 2);
      float[][] whole = model.sequence(0, prompt, LONGEST);
      model.sequence(1, first, half);
      float[][] stayed = model.feed(List.of(new Feed(1, rest, LONGEST, 0)));
      model.sequence(2, first, half);
      model.reset(3);
      ModelLogits.Offloaded offloaded = model.offload(2, beside);
      model.feed(List.of(new Feed(3, Arrays.copyOf(other, 1), 2, 0)));
      model.sequence(2, prompt(shape, LONGEST), LONGEST);
      model.restore(offloaded, 4, beside);
      model.feed(List.of(new Feed(3, Arrays.copyOfRange(other, 1, 2), 2, 0)));
      float[][] back = model.feed(List.of(new Feed(4, rest, LONGEST, 0)));
      addAll(agreement, back, Arrays.copyOfRange(whole, half, LONGEST));
      for (int i = 0; i < rest.length; i++) {
        different += Arrays.equals(back[i], stayed[i]) ? 0 : 1;
      }
    }
    report(agreement, shape, "swapped", "second half after the first one's stay on the host");
    report.add(
        Row.atMost(
            "paths.%s.swapped.different".formatted(shape.name()),
            shape.name() + ", rows of logits that differ from those of a sequence that stayed",
            different,
            "rows",
            0));
  }

  /** Chunks of some sequences and single tokens of others in the same steps. */
  private void mixed(ModelLogits model, ModelShape shape) {
    int[] lengths = {300, 37, 120, 5, 211, 64};
    List<int[]> prompts = new ArrayList<>();
    List<float[][]> whole = new ArrayList<>();
    for (int length : lengths) {
      prompts.add(prompt(shape, length));
      whole.add(model.sequence(0, prompts.getLast(), LONGEST));
    }
    int[] done = new int[lengths.length];
    for (int s = 0; s < lengths.length; s++) {
      model.reset(s);
    }
    Agreement agreement = new Agreement();
    while (true) {
      List<Feed> batch = new ArrayList<>();
      for (int s = 0; s < lengths.length; s++) {
        int left = lengths[s] - done[s];
        int tokens = Math.min(left, random.nextInt(3) == 0 ? 1 : random.nextInt(1, 60));
        if (tokens > 0 && random.nextInt(4) > 0) {
          int[] part = Arrays.copyOfRange(prompts.get(s), done[s], done[s] + tokens);
          batch.add(new Feed(s, part, lengths[s], 0));
        }
      }
      if (batch.isEmpty() && Arrays.equals(done, lengths)) {
        break;
      }
      if (batch.isEmpty()) {
        continue;
      }
      float[][] logits = model.feed(batch);
      int row = 0;
      for (Feed feed : batch) {
        for (int i = 0; i < feed.tokens().length; i++) {
          agreement.add(logits[row++], whole.get(feed.sequence())[done[feed.sequence()]++]);
        }
      }
    }
    report(
        agreement, shape, "mixed", "chunks and single tokens of six sequences in the same steps");
  }

  /**
   * Logits of few rows, with which alone the last layer goes on: of prompts in one step and of
   * chunks in several, of the last rows and of others. The token behind each prompt then tells
   * whether the last layer's cache is complete.
   */
  private void lastRows(ModelLogits model, ModelShape shape) {
    Agreement agreement = new Agreement();
    for (int round = 0; round < 12; round++) {
      int[] lengths = {random.nextInt(130, LONGEST), random.nextInt(2, 90), random.nextInt(2, 60)};
      int wanted = 1 + round % 5;
      List<int[]> prompts = new ArrayList<>();
      List<float[][]> whole = new ArrayList<>();
      List<Feed> batch = new ArrayList<>();
      List<Feed> next = new ArrayList<>();
      for (int s = 0; s < lengths.length; s++) {
        int[] prompt = prompt(shape, lengths[s]);
        prompts.add(prompt);
        whole.add(model.sequence(s, prompt, LONGEST));
        model.reset(s);
        int last = lengths[s] - 1;
        int[] all = Arrays.copyOf(prompt, last);
        batch.add(new Feed(s, all, lengths[s], Math.max(0, last - wanted)));
        next.add(new Feed(s, new int[] {prompt[last]}, lengths[s], 0));
      }
      if (round % 2 == 1) { // a first chunk, of which nothing is wanted
        int[] all = batch.getFirst().tokens();
        int half = all.length / 2;
        model.feed(List.of(new Feed(0, Arrays.copyOf(all, half), lengths[0], half)));
        int[] rest = Arrays.copyOfRange(all, half, all.length);
        batch.set(0, new Feed(0, rest, lengths[0], Math.max(0, rest.length - wanted)));
      }
      addRows(agreement, model.feed(batch), batch, whole, 1);
      addRows(agreement, model.feed(next), next, whole, 0);
    }
    report(agreement, shape, "last-rows", "logits of few rows of prompts and chunks");
  }

  /**
   * @param behind tokens of each sequence that follow those of the batch
   */
  private static void addRows(
      Agreement agreement, float[][] logits, List<Feed> batch, List<float[][]> whole, int behind) {
    int row = 0;
    for (Feed feed : batch) {
      float[][] expected = whole.get(feed.sequence());
      int wanted = feed.tokens().length - feed.from();
      for (int i = 0; i < wanted; i++) {
        agreement.add(logits[row++], expected[expected.length - behind - wanted + i]);
      }
    }
  }

  /**
   * A prompt and its next token computed amid a step of another prompt and single tokens, which
   * pauses for it: neither may know of the other, to the last bit.
   */
  private void amid(ModelLogits model, ModelShape shape) {
    Agreement agreement = new Agreement();
    int different = 0;
    long pauses = 0;
    int rounds = 8;
    for (int round = 0; round < rounds; round++) {
      int[] streams = prompt(shape, 40);
      int[] prompt = prompt(shape, LONGEST);
      int[] urgent = prompt(shape, round % 2 == 0 ? 17 + round : LONGEST);
      float[][] whole = model.sequence(0, prompt, LONGEST);
      float[][] urgentWhole = model.sequence(0, urgent, LONGEST);
      List<Feed> both =
          List.of(
              new Feed(1, prompt, LONGEST, 0),
              new Feed(2, Arrays.copyOfRange(streams, 39, 40), 40, 0));
      List<Feed> other = List.of(new Feed(3, urgent, urgent.length, 0));
      begin(model, streams);
      model.reset(3);
      float[][] plain = model.feed(both);
      float[][] urgentPlain = model.feed(other);
      begin(model, streams);
      model.reset(3);
      ModelLogits.Amid amid = model.feedAmid(both, other).orElse(null);
      if (amid == null) {
        return; // a device that does not pause
      }
      pauses += amid.pauses();
      addAll(agreement, amid.paused(), whole);
      addAll(agreement, amid.interposed(), urgentWhole);
      different += different(amid.paused(), plain) + different(amid.interposed(), urgentPlain);
    }
    report(agreement, shape, "amid", "a prompt amid a step that pauses, and that step");
    report.add(
        Row.atMost(
            "paths.%s.amid.different".formatted(shape.name()),
            shape.name() + ", rows of logits that differ from those of steps without a pause",
            different,
            "rows",
            0));
    report.add(
        Row.atLeast(
            "paths.%s.amid.pauses".formatted(shape.name()),
            "%s, pauses in %d steps".formatted(shape.name(), rounds),
            pauses,
            "pauses",
            rounds));
  }

  /** The sequence of which a single token is computed in the step that pauses. */
  private static void begin(ModelLogits model, int[] streams) {
    model.reset(1);
    model.sequence(2, Arrays.copyOf(streams, 39), 39);
  }

  private static int different(float[][] actual, float[][] expected) {
    int different = 0;
    for (int i = 0; i < expected.length; i++) {
      different += Arrays.equals(actual[i], expected[i]) ? 0 : 1;
    }
    return different;
  }

  /** Single tokens of 1 to 64 sequences of different lengths. */
  private void decode(ModelLogits model, ModelShape shape) {
    Agreement agreement = new Agreement();
    for (int batch : BATCHES) {
      List<int[]> prompts = new ArrayList<>();
      List<float[][]> whole = new ArrayList<>();
      for (int s = 0; s < batch; s++) {
        int[] prompt = prompt(shape, random.nextInt(4, LONGEST));
        prompts.add(prompt);
        whole.add(model.sequence(batch, prompt, LONGEST)); // a sequence beside the batch
        model.sequence(s, Arrays.copyOf(prompt, prompt.length - 3), LONGEST);
      }
      for (int left = 3; left > 0; left--) {
        List<Feed> feeds = new ArrayList<>();
        for (int s = 0; s < batch; s++) {
          int[] prompt = prompts.get(s);
          feeds.add(new Feed(s, new int[] {prompt[prompt.length - left]}, prompt.length, 0));
        }
        float[][] logits = model.feed(feeds);
        for (int s = 0; s < batch; s++) {
          agreement.add(logits[s], whole.get(s)[prompts.get(s).length - left]);
        }
      }
    }
    report(agreement, shape, "decode", "single tokens of 1 to 64 sequences");
  }

  private static void addAll(Agreement agreement, float[][] actual, float[][] expected) {
    for (int i = 0; i < expected.length; i++) {
      agreement.add(actual[i], expected[i]);
    }
  }

  private void report(Agreement agreement, ModelShape shape, String path, String what) {
    agreement.report(
        report,
        "paths.%s.%s".formatted(shape.name(), path),
        "%s, %s, against one whole prefill".formatted(shape.name(), what),
        MOST_ERROR);
  }
}
