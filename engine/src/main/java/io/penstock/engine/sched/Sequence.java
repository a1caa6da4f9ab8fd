package io.penstock.engine.sched;

import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.kv.BlockPool;
import io.penstock.engine.kv.BlockTable;
import java.util.Arrays;
import java.util.List;

/**
 * One choice of a request: its tokens so far, and how many of them have keys and values in the
 * cache once the steps launched so far have run.
 *
 * <p>Tokens are of three kinds, in this order: {@code [0, computed)} are in the cache, the rest is
 * to be computed; {@code [0, known)} are known, {@code [known, length)} are placeholders of tokens
 * that steps in flight sample.
 */
final class Sequence implements OrderingPolicy.Place {

  /** Where it stands; the scheduler's lists drop what does not belong to them when they plan. */
  enum State {
    /** Waits for the first choice of its request to compute the prompt. */
    FOLLOWING,
    WAITING,
    RUNNING,
    /** Its last token is in flight: nothing is left to compute, and it has no blocks any more. */
    COMPLETE,
    ENDED
  }

  static final int[] NO_SLOTS = {};

  final long id;
  final SchedulingRequest request;
  final BlockTable table;
  State state = State.FOLLOWING;

  /** Choices that wait for this one's prompt, to share it. */
  List<Sequence> siblings = List.of();

  /**
   * Whether it counts as a waiting request: never admitted, and not a choice that follows another.
   */
  boolean queued;

  /** Places on the host that hold its computed tokens, in order: {@link Offloading}'s. */
  int[] slots = NO_SLOTS;

  private int[] tokens;
  private int length;
  private int known;
  private int computed;
  private int pendingRow;
  private int sharedBlocks;

  Sequence(long id, SchedulingRequest request, BlockPool pool) {
    this.id = id;
    this.request = request;
    this.table = new BlockTable(pool);
    this.tokens = request.promptTokens();
    this.length = tokens.length;
    this.known = length;
  }

  int promptLength() {
    return request.promptTokens().length;
  }

  /** Tokens of the prompt, generated ones and placeholders. */
  int length() {
    return length;
  }

  int computed() {
    return computed;
  }

  /** Tokens to compute: never the last one that it may generate, whose successor nobody wants. */
  int remaining() {
    return (isComplete() ? length - 1 : length) - computed;
  }

  /** Whether all tokens that it may generate are there or in flight. */
  boolean isComplete() {
    return length == promptLength() + request.maxTokens();
  }

  /** Tokens that it may still have computed besides its present ones. */
  int furtherTokens() {
    return promptLength() + request.maxTokens() - 1 - length;
  }

  /** Generated tokens; one that ends the sequence is only a placeholder then, and counts. */
  int generated() {
    return known - promptLength() + Math.min(1, length - known);
  }

  /** Placeholders. */
  int pending() {
    return length - known;
  }

  /**
   * Puts a placeholder behind its tokens.
   *
   * @param row of the tokens that the step just launched samples
   */
  void await(int row) {
    if (length == tokens.length || tokens == request.promptTokens()) {
      tokens = Arrays.copyOf(tokens, length + Math.max(16, length / 2)); // never the caller's array
    }
    length++;
    pendingRow = row;
  }

  /** Puts a token in the place of the first placeholder. */
  void resolve(int token) {
    if (known == length) {
      throw new IllegalStateException("sequence " + id + " expects no token");
    }
    tokens[known++] = token;
  }

  void advance(int count) {
    computed += count;
  }

  /** Takes over the full blocks of a computed prompt, all but its last token at most. */
  void shareFrom(Sequence source, int blockSize) {
    int blocks = (promptLength() - 1) / blockSize; // at least one token is left to give logits
    table.share(source.table, blocks);
    computed = blocks * blockSize;
    sharedBlocks = blocks;
    source.sharedBlocks = blocks;
  }

  /** Blocks that are free again when it ends, those that choices share left out. */
  int ownBlocks() {
    return table.ids().length - sharedBlocks;
  }

  /** Forgets what is computed; the tokens stay, placeholders too. */
  void dropCache() {
    table.release();
    computed = 0;
    sharedBlocks = 0;
  }

  /** Gives its blocks back and stays computed: {@code slots} will hold their content. */
  void offloadTo(int[] slots) {
    table.release();
    sharedBlocks = 0;
    this.slots = slots;
  }

  boolean isOffloaded() {
    return slots.length > 0;
  }

  /** Computes everything anew, into the blocks that it has, if any: their content is lost. */
  void recompute() {
    computed = 0;
  }

  /** The next {@code count} tokens; a placeholder can only be the last of them. */
  ScheduledSequence schedule(int count) {
    int[] ids = Arrays.copyOfRange(tokens, computed, computed + count);
    if (computed + count > known) {
      ids[count - 1] = ScheduledSequence.pendingToken(pendingRow);
    }
    return new ScheduledSequence(
        id, ids, computed, promptLength(), table.ids(), computed + count == length);
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
