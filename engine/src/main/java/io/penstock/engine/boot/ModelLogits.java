package io.penstock.engine.boot;

import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.DeviceBuffer;
import io.penstock.engine.backend.KvCache;
import io.penstock.engine.backend.KvCacheSpec;
import io.penstock.engine.backend.SwapSpace;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.model.Transformer;
import io.penstock.engine.model.TransformerWeights;
import io.penstock.engine.runtime.Interposer;
import io.penstock.engine.weights.Checkpoint;
import io.penstock.engine.weights.Checkpoints;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * A model without scheduler and sampler: it is fed chosen tokens of chosen sequences and gives
 * their logits. For checks against other implementations, and of one way to compute a sequence
 * against another (whole, in chunks, token by token, beside others, on a shared prefix, after a
 * stay on the host).
 *
 * <p>Sequences lie in blocks drawn at random from the whole cache. For one thread.
 */
public final class ModelLogits implements AutoCloseable {
  private static final int BLOCK_SIZE = KvCacheSizing.BLOCK_SIZE;

  private final ModelConfig config;
  private final Backend backend;
  private final Transformer transformer;
  private final KvCache cache;
  private final int[][] ownBlocks; // (sequences)(blocks)
  private final int[][] blockTables; // the same, or another sequence's in front
  private final int[] computed; // (sequences) tokens in the cache
  private final TransformerWeights weights;
  private final int maxTokens;
  private Optional<Interposer> interposer; // null before it is wanted
  private SwapSpace swap; // of a slot for each block; null before it is wanted

  /**
   * @param options which model and device; batch and cache sizes of it are not used
   * @param sequences how many there are
   * @param maxContext tokens of the longest one
   * @param maxTokens tokens that one call feeds at most
   * @throws io.penstock.engine.core.ModelLoadException when model or device cannot be used
   */
  public ModelLogits(EngineOptions options, int sequences, int maxContext, int maxTokens) {
    this.maxTokens = maxTokens;
    try (Checkpoint checkpoint = Checkpoints.open(options.location())) {
      config = checkpoint.config();
      backend =
          Backends.open(
                  limited(options, maxContext, maxTokens),
                  config,
                  ModelWeightStats.of(checkpoint).dominatingType())
              .backend();
      weights = TransformerWeights.load(backend, checkpoint, _ -> {});
      transformer = new Transformer(config, weights, backend, maxTokens, maxTokens);
    }
    int blocks = Math.ceilDiv(maxContext, BLOCK_SIZE);
    int total = sequences * blocks + 1; // the engine's cache has one of its own, too
    cache =
        backend.allocateKvCache(
            new KvCacheSpec(
                config.numLayers(), config.numKvHeads(), config.headDim(), BLOCK_SIZE, total));
    List<Integer> shuffled = new ArrayList<>(IntStream.range(0, total - 1).boxed().toList());
    Collections.shuffle(shuffled, new Random(1));
    ownBlocks = new int[sequences][];
    for (int s = 0; s < sequences; s++) {
      ownBlocks[s] =
          shuffled.subList(s * blocks, (s + 1) * blocks).stream().mapToInt(b -> b).toArray();
    }
    blockTables = ownBlocks.clone();
    computed = new int[sequences];
  }

  /** Every token may be a sequence of its own and have its logits read. */
  private static EngineOptions limited(EngineOptions options, int maxContext, int maxTokens) {
    return new EngineOptions(
        options.modelId(),
        options.location(),
        options.backend(),
        options.threads(),
        maxContext,
        0,
        0,
        maxTokens,
        maxTokens,
        1,
        options.device(),
        options.gpuMemoryUtilization());
  }

  public ModelConfig config() {
    return config;
  }

  /** Device and instruction set. */
  public String device() {
    return backend.description();
  }

  /** Forgets a sequence. */
  public void reset(int sequence) {
    blockTables[sequence] = ownBlocks[sequence];
    computed[sequence] = 0;
  }

  /**
   * Begins a sequence anew with the first blocks of another, which must not change meanwhile: the
   * two lie in the same memory.
   */
  public void share(int sequence, int other, int blocks) {
    int[] shared = ownBlocks[sequence].clone();
    System.arraycopy(blockTables[other], 0, shared, 0, blocks);
    blockTables[sequence] = shared;
    computed[sequence] = blocks * BLOCK_SIZE;
  }

  /**
   * What was computed of a sequence, on the host.
   *
   * @param tokens of it
   */
  public record Offloaded(int tokens, int[] slots) {}

  /**
   * Copies what is computed of a sequence to the host. What is there already of another one in the
   * same blocks is overwritten.
   *
   * @param beside whether the next {@link #feed}, which must not use these blocks, may run
   *     meanwhile
   */
  public Offloaded offload(int sequence, boolean beside) {
    int tokens = computed[sequence];
    int[] blocks = Arrays.copyOf(blockTables[sequence], Math.ceilDiv(tokens, BLOCK_SIZE));
    int[] slots = Arrays.stream(blocks).map(b -> cache.spec().numBlocks() - 1 - b).toArray();
    swap().offload(blocks, slots, beside);
    return new Offloaded(tokens, slots);
  }

  /** Brings it back as the beginning of {@code sequence}, which is forgotten. */
  public void restore(Offloaded offloaded, int sequence, boolean beside) {
    reset(sequence);
    int[] blocks = Arrays.copyOf(ownBlocks[sequence], offloaded.slots.length);
    swap().restore(offloaded.slots, blocks, beside);
    computed[sequence] = offloaded.tokens;
  }

  private SwapSpace swap() {
    if (swap == null) {
      swap = backend.allocateSwapSpace(cache, cache.spec().numBlocks());
    }
    return swap;
  }

  /**
   * New tokens of one sequence.
   *
   * @param length of the sequence once its prompt is complete, which dynamic RoPE scaling assumes
   * @param from index in {@code tokens} from which on logits are wanted
   */
  public record Feed(int sequence, int[] tokens, int length, int from) {}

  /**
   * Computes a batch; every sequence at most once in it.
   *
   * @return logits (vocab) of the tokens asked for, in order
   */
  public float[][] feed(List<Feed> batch) {
    BatchLayout layout = layout(batch);
    return rows(transformer.forward(layout, cache), layout.logitRows().length);
  }

  /**
   * Logits of two batches.
   *
   * @param pauses how often the first paused for the second
   */
  public record Amid(float[][] paused, float[][] interposed, long pauses) {}

  /**
   * Computes a batch that pauses at its first pause point, another while it does, and the rest of
   * the first. Empty where the device does not pause.
   *
   * @param interposed sequences that are not in the first batch
   */
  public Optional<Amid> feedAmid(List<Feed> paused, List<Feed> interposed) {
    if (interposer == null) {
      interposer = Interposer.of(config, weights, backend, maxTokens, maxTokens);
    }
    return interposer.map(
        steps -> {
          long before = steps.pauses();
          BatchLayout first = layout(paused);
          BatchLayout second = layout(interposed);
          steps.pause();
          DeviceBuffer firstLogits = transformer.forward(first, cache);
          DeviceBuffer secondLogits = steps.forward(second, cache);
          return new Amid(
              rows(firstLogits, first.logitRows().length),
              rows(secondLogits, second.logitRows().length),
              steps.pauses() - before);
        });
  }

  private BatchLayout layout(List<Feed> batch) {
    int count = batch.stream().mapToInt(f -> f.tokens.length).sum();
    int[] tokens = new int[count];
    int[] positions = new int[count];
    int[] queryStart = new int[batch.size() + 1];
    int[] lengths = new int[batch.size()];
    int[] ropeLengths = new int[batch.size()];
    int[][] tables = new int[batch.size()][];
    IntStream.Builder logitRows = IntStream.builder();
    int row = 0;
    for (int i = 0; i < batch.size(); i++) {
      Feed feed = batch.get(i);
      queryStart[i] = row;
      for (int t = 0; t < feed.tokens.length; t++, row++) {
        tokens[row] = feed.tokens[t];
        positions[row] = computed[feed.sequence]++;
        if (t >= feed.from) {
          logitRows.add(row);
        }
      }
      lengths[i] = computed[feed.sequence];
      ropeLengths[i] = Math.max(feed.length, lengths[i]);
      tables[i] = Arrays.copyOf(blockTables[feed.sequence], Math.ceilDiv(lengths[i], BLOCK_SIZE));
    }
    queryStart[batch.size()] = row;
    return new BatchLayout(
        tokens, positions, queryStart, lengths, ropeLengths, tables, logitRows.build().toArray());
  }

  private float[][] rows(DeviceBuffer logits, int count) {
    float[][] rows = new float[count][config.vocabSize()];
    for (int i = 0; i < count; i++) {
      backend.readRow(logits, i, rows[i]);
    }
    return rows;
  }

  /** All logits of a new sequence computed in chunks, (tokens, vocab). */
  public float[][] sequence(int sequence, int[] tokens, int chunk) {
    reset(sequence);
    float[][] all = new float[tokens.length][];
    for (int start = 0; start < tokens.length; start += chunk) {
      int end = Math.min(start + chunk, tokens.length);
      int[] part = Arrays.copyOfRange(tokens, start, end);
      float[][] rows = feed(List.of(new Feed(sequence, part, tokens.length, 0)));
      System.arraycopy(rows, 0, all, start, rows.length);
    }
    return all;
  }

  @Override
  public void close() {
    backend.close();
  }
}
