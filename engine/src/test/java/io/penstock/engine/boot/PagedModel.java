package io.penstock.engine.boot;

import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.DeviceBuffer;
import io.penstock.engine.backend.DeviceSampler;
import io.penstock.engine.backend.KvCache;
import io.penstock.engine.backend.KvCacheSpec;
import io.penstock.engine.backend.SamplingRow;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.model.Transformer;
import io.penstock.engine.model.TransformerWeights;
import io.penstock.engine.sampling.SamplingState;
import io.penstock.engine.weights.Checkpoint;
import io.penstock.engine.weights.Checkpoints;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * A model without an engine: several sequences in one step, in blocks scattered over the pool, and
 * the logits of any row. For checks; needs nothing but the engine.
 */
final class PagedModel implements AutoCloseable {
  private static final int BLOCK_SIZE = KvCacheSizing.BLOCK_SIZE;

  final ModelConfig config;
  final Backend backend;
  private final int maxTokens;
  private final Transformer transformer;
  private final KvCache cache;
  private final Deque<Integer> free = new ArrayDeque<>();

  /** A sequence and what is in the cache of it. */
  static final class Sequence {
    private final int promptLength;
    private final int[] blocks;
    private int computed;

    private Sequence(int promptLength, int[] blocks) {
      this.promptLength = promptLength;
      this.blocks = blocks;
    }
  }

  /**
   * A sequence's part of a step.
   *
   * @param tokens to compute
   * @param from logits are wanted of the tokens from this index on
   */
  record Part(Sequence sequence, int[] tokens, int from) {}

  /**
   * @param options whose limits apply; logits may be wanted of {@code maxNumSeqs} rows
   * @param blocks of the cache
   * @param tuned whether algorithms are measured first, which takes seconds for each new shape
   */
  PagedModel(EngineOptions options, int blocks, boolean tuned) {
    try (Checkpoint checkpoint = Checkpoints.open(options.location())) {
      config = checkpoint.config();
      Backends.Opened opened =
          Backends.open(options, config, ModelWeightStats.of(checkpoint).dominatingType());
      backend = opened.backend();
      maxTokens = opened.limits().maxNumBatchedTokens();
      try {
        TransformerWeights weights = TransformerWeights.load(backend, checkpoint, _ -> {});
        transformer =
            new Transformer(config, weights, backend, maxTokens, opened.limits().maxNumSeqs());
        if (tuned) {
          backend.tune((_, _) -> {});
        }
        cache =
            backend.allocateKvCache(
                new KvCacheSpec(
                    config.numLayers(), config.numKvHeads(), config.headDim(), BLOCK_SIZE, blocks));
      } catch (RuntimeException e) {
        backend.close();
        throw e;
      }
    }
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < blocks; i++) {
      order.add(i);
    }
    Collections.shuffle(order, new Random(1));
    free.addAll(order);
  }

  /** A sequence with room for {@code maxContext} tokens. */
  Sequence sequence(int promptLength, int maxContext) {
    int[] blocks = new int[Math.ceilDiv(maxContext, BLOCK_SIZE)];
    Arrays.setAll(blocks, _ -> free.removeFirst());
    return new Sequence(promptLength, blocks);
  }

  /** Gives the sequence's blocks back; others will overwrite them. */
  void free(Sequence sequence) {
    for (int block : sequence.blocks) {
      free.addLast(block);
    }
  }

  /** Computes the parts in one step; the wanted logits of all parts, in order. */
  List<float[]> step(List<Part> parts) {
    DeviceBuffer logits = enqueue(parts);
    List<float[]> rows = new ArrayList<>();
    for (Part part : parts) {
      for (int i = part.from(); i < part.tokens().length; i++) {
        float[] row = new float[config.vocabSize()];
        backend.readRow(logits, rows.size(), row);
        rows.add(row);
      }
    }
    return rows;
  }

  /**
   * @param logits of each sequence
   * @param sampled the best token of each, chosen on the device where it does that
   */
  record Decoded(List<float[]> logits, int[] sampled) {}

  /** Computes one token of each sequence. */
  Decoded decode(List<Sequence> sequences, int[] tokens) {
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < tokens.length; i++) {
      parts.add(new Part(sequences.get(i), new int[] {tokens[i]}, 0));
    }
    DeviceBuffer logits = enqueue(parts);
    Optional<DeviceSampler> sampler = backend.deviceSampler();
    sampler.ifPresent(s -> s.sample(logits, Collections.nCopies(tokens.length, greedy())));
    List<float[]> rows = new ArrayList<>();
    for (int i = 0; i < tokens.length; i++) {
      float[] row = new float[config.vocabSize()];
      backend.readRow(logits, i, row);
      rows.add(row);
    }
    return new Decoded(
        rows,
        sampler
            .map(s -> s.await().tokens())
            .orElseGet(() -> rows.stream().mapToInt(LoadedModel::argmax).toArray()));
  }

  private static SamplingRow greedy() {
    return new SamplingState(SamplingParams.greedy(1), 0, 0, new int[0], new int[0]).row(0);
  }

  private DeviceBuffer enqueue(List<Part> parts) {
    int tokens = parts.stream().mapToInt(part -> part.tokens().length).sum();
    int[] ids = new int[tokens];
    int[] positions = new int[tokens];
    int[] queryStart = new int[parts.size() + 1];
    int[] contexts = new int[parts.size()];
    int[] ropeLengths = new int[parts.size()];
    int[][] tables = new int[parts.size()][];
    List<Integer> logitRows = new ArrayList<>();
    for (int s = 0; s < parts.size(); s++) {
      Part part = parts.get(s);
      int row = queryStart[s];
      for (int i = 0; i < part.tokens().length; i++, row++) {
        ids[row] = part.tokens()[i];
        positions[row] = part.sequence().computed + i;
        if (i >= part.from()) {
          logitRows.add(row);
        }
      }
      queryStart[s + 1] = row;
      part.sequence().computed += part.tokens().length;
      contexts[s] = part.sequence().computed;
      ropeLengths[s] = Math.max(part.sequence().promptLength, contexts[s]);
      tables[s] = part.sequence().blocks;
    }
    return transformer.forward(
        new BatchLayout(
            ids,
            positions,
            queryStart,
            contexts,
            ropeLengths,
            tables,
            logitRows.stream().mapToInt(Integer::intValue).toArray()),
        cache);
  }

  /** Logits at the positions {@code from} and later of a fresh sequence, computed in chunks. */
  List<float[]> logits(int[] ids, int from, int chunk) {
    Sequence sequence = sequence(ids.length, ids.length);
    List<float[]> all = feed(sequence, ids, from, chunk);
    free(sequence);
    return all;
  }

  /** Computes {@code ids} behind what is there, in chunks. */
  List<float[]> feed(Sequence sequence, int[] ids, int from, int chunk) {
    List<float[]> all = new ArrayList<>();
    int size = Math.min(chunk, maxTokens);
    for (int start = 0; start < ids.length; start += size) {
      int[] part = Arrays.copyOfRange(ids, start, Math.min(start + size, ids.length));
      int wanted = Math.clamp(from - start, 0, part.length);
      all.addAll(step(List.of(new Part(sequence, part, wanted))));
    }
    return all;
  }

  @Override
  public void close() {
    backend.close();
  }
}
