package io.penstock.engine.sched;

import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.kv.BlockPool;
import io.penstock.engine.kv.BlockTable;
import java.util.Arrays;
import java.util.List;

/**
 * One choice of a request: its tokens so far, and how many of them have keys and values in the
 * cache.
 */
final class Sequence implements OrderingPolicy.Place {
  final long id;
  final SchedulingRequest request;
  final BlockTable table;

  /** Choices that wait for this one's prompt, to share it. */
  List<Sequence> siblings = List.of();

  /**
   * Whether it counts as a waiting request: never admitted, and not a choice that follows another.
   */
  boolean queued;

  private int[] tokens;
  private int length;
  private int computed;

  Sequence(long id, SchedulingRequest request, BlockPool pool) {
    this.id = id;
    this.request = request;
    this.table = new BlockTable(pool);
    this.tokens = request.promptTokens();
    this.length = tokens.length;
  }

  int promptLength() {
    return request.promptTokens().length;
  }

  /** Prompt and generated tokens. */
  int length() {
    return length;
  }

  int computed() {
    return computed;
  }

  int remaining() {
    return length - computed;
  }

  void append(int token) {
    if (length == tokens.length || tokens == request.promptTokens()) {
      tokens = Arrays.copyOf(tokens, length + Math.max(16, length / 2)); // never the caller's array
    }
    tokens[length++] = token;
  }

  void advance(int count) {
    computed += count;
  }

  /** Takes over the full blocks of a computed prompt, all but its last token at most. */
  void shareFrom(Sequence source, int blockSize) {
    int blocks = (promptLength() - 1) / blockSize; // at least one token is left to give logits
    table.share(source.table, blocks);
    computed = blocks * blockSize;
  }

  /** Forgets what is computed; the tokens stay. */
  void dropCache() {
    table.release();
    computed = 0;
  }

  ScheduledSequence schedule(int count) {
    return new ScheduledSequence(
        id,
        Arrays.copyOfRange(tokens, computed, computed + count),
        computed,
        promptLength(),
        table.ids(),
        computed + count == length);
  }

  @Override
  public String tenant() {
    return request.tenant();
  }

  @Override
  public ServiceTier tier() {
    return request.tier();
  }

  @Override
  public int priority() {
    return request.priority();
  }

  @Override
  public long arrival() {
    return id;
  }
}
