package io.penstock.engine.sched;

import io.penstock.engine.kv.BlockHashes;
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
final class Sequence {

  /** Where it stands; the scheduler's lists drop what does not belong to them when they plan. */
  enum State {
    /** Waits for the first choice of its request to compute the prompt. */
    FOLLOWING,
    WAITING,
    RUNNING,
    /** Its last token is in flight: nothing is left to compute, and it has no blocks any more. */
    COMPLETE,
    /** Its tenant's budget ended: nothing more is computed, and it has no blocks any more. */
    STOPPED,
    ENDED
  }

  static final int[] NO_SLOTS = {};

  /** More known tokens are computed as a prompt is, a chunk at a time. */
  private static final int MOST_AHEAD = 64;

  final long id;
  final SchedulingRequest request;
  final TenantAccount account;
  final int tier;
  final int priority;
  final BlockTable table;
  State state = State.FOLLOWING;

  /** Choices that wait for this one's prompt, to share it, or inputs that come after it. */
  List<Sequence> siblings = List.of();

  /**
   * Whether it computes all of the prompt itself, as the tokens are scored: what would be found in
   * a cache has no hidden states.
   */
  boolean scores;

  /** Tokens that it is expected to generate, as guessed when it was submitted. */
  int expectedOutput;

  /** Names of its blocks; null when nothing is shared. */
  BlockHashes hashes;

  /** Leading blocks that others may find, or that it found. */
  int publishedBlocks;

  /** Steps that it has sat out since its last token, and how long they were. */
  int satOutSteps;

  double satOutNanos;

  /** Whether it waits and holds blocks that it shares. */
  boolean waitsWithCache;

  /** Device time spent on it, nanoseconds. */
  double computeNanos;

  /** Blocks times the time that it held them. */
  double blockNanos;

  private final int[] prompt;
  private boolean begun;
  private int charged;

  /** Places on the host that hold its computed tokens, in order: {@link Offloading}'s. */
  int[] slots = NO_SLOTS;

  private int[] tokens;
  private int length;
  private int known;
  private int computed;
  private int pendingRow;
  private int sharedBlocks;

  /**
   * @param index of the choice or input
   */
  Sequence(
      long id,
      SchedulingRequest request,
      int index,
      TenantAccount account,
      SchedulingPolicy policy,
      BlockPool pool) {
    this.id = id;
    this.request = request;
    this.prompt = request.prompt(index);
    this.account = account;
    this.tier = policy.tierOf(request);
    this.priority = policy.priorityOf(request);
    this.table = new BlockTable(pool);
    this.tokens = prompt;
    this.length = tokens.length;
    this.known = length;
  }

  int promptLength() {
    return prompt.length;
  }

  /** Whether it is computed for its hidden states and generates nothing. */
  boolean embeds() {
    return request.embeds();
  }

  /** Whether it ends with its prompt or input. */
  boolean generatesNothing() {
    return request.generatesNothing();
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
    return (!generatesNothing() && isComplete() ? length - 1 : length) - computed;
  }

  /** Whether all tokens that it may generate, or else all of its prompt, are there or in flight. */
  boolean isComplete() {
    return generatesNothing() ? computed == length : length == promptLength() + request.maxTokens();
  }

  /** Whether it goes on with some known tokens at once, such as a grammar forces. */
  boolean isAhead() {
    return !generatesNothing()
        && computed >= promptLength()
        && remaining() > 1
        && remaining() <= MOST_AHEAD;
  }

  /** Tokens that it may still have computed besides its present ones. */
  int furtherTokens() {
    return generatesNothing() ? 0 : promptLength() + request.maxTokens() - 1 - length;
  }

  /** Generated tokens; one that ends the sequence is only a placeholder then, and counts. */
  int generated() {
    return known - promptLength() + Math.min(1, length - known);
  }

  /** Placeholders. */
  int pending() {
    return length - known;
  }

  /** Tokens whose values are known. */
  int known() {
    return known;
  }

  /** Prompt, generated tokens and room; to be read up to {@link #known}. */
  int[] tokens() {
    return tokens;
  }

  /**
   * Whether it goes on, rather than begins: it ran before, or is a choice whose prompt is computed.
   */
  boolean begun() {
    return begun;
  }

  void begin() {
    begun = true;
  }

  /**
   * Weighted tokens of computing its next {@code count}. A prompt's token counts once, however
   * often it is computed, and not at all if it was cached.
   */
  double service(int count, ServiceWeights weights) {
    int from = Math.max(charged, computed);
    int fresh = Math.max(0, Math.min(computed + count, promptLength()) - from);
    boolean generates = !generatesNothing() && computed + count == length;
    return fresh * weights.prefill() + (generates ? weights.decode() : 0);
  }

  /** Counts its next {@code count} tokens as charged. */
  void charged(int count) {
    charged = Math.max(charged, computed + count);
  }

  /**
   * Puts a placeholder behind its tokens.
   *
   * @param row of the tokens that the step just launched samples
   */
  void await(int row) {
    if (length == tokens.length || tokens == prompt) {
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

  /**
   * Puts known tokens behind its own, the first in the place of a placeholder if there is one; room
   * for one more must be left.
   */
  void append(int[] more) {
    int total = known + more.length;
    if (pending() > 1 || total < length || total >= promptLength() + request.maxTokens()) {
      throw new IllegalStateException("sequence " + id + " cannot take " + more.length + " tokens");
    }
    tokens = Arrays.copyOf(tokens, Math.max(tokens.length, total + 16));
    System.arraycopy(more, 0, tokens, known, more.length);
    length = total;
    known = total;
  }

  void advance(int count) {
    computed += count;
  }

  /** Takes over the full blocks of a computed prompt, all but its last token at most. */
  void shareFrom(Sequence source, int blockSize) {
    int blocks = (promptLength() - 1) / blockSize; // at least one token is left to give logits
    table.share(source.table, blocks);
    computed = blocks * blockSize;
    publishedBlocks = Math.min(blocks, source.publishedBlocks);
    sharedBlocks = blocks;
    source.sharedBlocks = blocks;
  }

  /**
   * Counts leading blocks of its table as computed, which it found in the cache.
   *
   * @param shared so many of them have other owners
   */
  void found(int blocks, int shared, int blockSize) {
    computed = blocks * blockSize;
    publishedBlocks = blocks;
    sharedBlocks = shared;
  }

  /** Blocks that are free again when it ends, those that choices share left out. */
  int ownBlocks() {
    return table.ids().length - sharedBlocks;
  }

  /** Forgets what is computed; the tokens stay, placeholders too. */
  void dropCache() {
    table.release();
    computed = 0;
    publishedBlocks = 0;
    sharedBlocks = 0;
  }

  /** Gives its blocks back and stays computed: {@code slots} will hold their content. */
  void offloadTo(int[] slots) {
    table.release();
    publishedBlocks = 0;
    sharedBlocks = 0;
    this.slots = slots;
  }

  boolean isOffloaded() {
    return slots.length > 0;
  }

  /** Computes everything anew, into the blocks that it has, if any: their content is lost. */
  void recompute() {
    computed = 0;
    publishedBlocks = 0;
  }

  /** The next {@code count} tokens; a placeholder can only be the last of them. */
  ScheduledSequence schedule(int count) {
    int[] ids = Arrays.copyOfRange(tokens, computed, computed + count);
    if (computed + count > known) {
      ids[count - 1] = ScheduledSequence.pendingToken(pendingRow);
    }
    boolean sampled = !generatesNothing() && computed + count == length;
    return embeds()
        ? ScheduledSequence.embedded(
            id, ids, computed, promptLength(), table.ids(), request.inputs().pooling())
        : new ScheduledSequence(
            id, ids, computed, promptLength(), table.ids(), sampled, null, scored(count));
  }

  /** Of its next {@code count} tokens, those that stand before another one of the prompt. */
  private int scored(int count) {
    boolean promptIsNew = length == promptLength(); // or it was scored, and is computed once more
    return scores && promptIsNew ? Math.clamp(promptLength() - 1 - computed, 0, count) : 0;
  }
}
