package io.penstock.engine.sched;

import io.penstock.engine.core.TenantTerms;
import io.penstock.engine.kv.BlockPool;
import io.penstock.engine.kv.PrefixCache;
import java.util.HashMap;
import java.util.Map;

/**
 * Sequences and the {@link PrefixCache}: what a sequence finds when it begins, and what of it
 * others may find. Knows also which blocks are just being computed, so that a request that needs
 * one of them waits for it instead of computing it too.
 *
 * <p>A block is published when the step that computes its last token is launched, and all its
 * tokens are known. Steps run in the order of their launch, so whoever is planned later reads it
 * after it was written.
 */
final class SharedPrefixes {
  private final PrefixCache cache; // null: nothing is shared
  private final BlockPool pool;
  private final Map<Long, Sequence> beingComputed = new HashMap<>();

  SharedPrefixes(PrefixCache cache, BlockPool pool) {
    this.cache = cache;
    this.pool = pool;
  }

  /** Names the blocks of a request's prompt. */
  void name(Sequence sequence) {
    if (cache != null && sequence.hashes == null) {
      TenantTerms terms = sequence.request.terms();
      String group =
          terms.cacheGroup() == null
              ? "tenant " + sequence.request.tenant()
              : "group " + terms.cacheGroup();
      sequence.hashes = cache.hashes(cache.salt(group));
      sequence.hashes.extend(sequence.tokens(), sequence.known());
    }
  }

  /** Tokens that it would find: never its last one, which must give logits. */
  int cachedTokens(Sequence sequence) {
    return !mayFind(sequence) ? 0 : find(sequence) * pool.blockSize();
  }

  private boolean mayFind(Sequence sequence) {
    return sequence.hashes != null && sequence.table.isEmpty() && !sequence.isOffloaded();
  }

  private int find(Sequence sequence) {
    return cache.find(sequence.hashes, sequence.tokens(), mostBlocks(sequence));
  }

  private int mostBlocks(Sequence sequence) {
    return (sequence.length() - 1) / pool.blockSize();
  }

  /** Whether the first block that it lacks is being computed for another. */
  boolean isBeingComputed(Sequence sequence) {
    if (sequence.hashes == null || beingComputed.isEmpty()) {
      return false;
    }
    int found = find(sequence);
    return found < Math.min(mostBlocks(sequence), sequence.hashes.count())
        && beingComputed.containsKey(sequence.hashes.name(found));
  }

  /**
   * Takes what is there for a sequence without blocks.
   *
   * @return whether something was
   */
  boolean attach(Sequence sequence) {
    if (!mayFind(sequence)) {
      return false;
    }
    int found = find(sequence);
    if (found > 0) {
      cache.attach(sequence.table, sequence.hashes, sequence.tokens(), found);
      int shared = 0;
      for (int block : sequence.table.ids()) {
        shared += pool.referenceCount(block) > 1 ? 1 : 0;
      }
      sequence.found(found, shared, pool.blockSize());
    }
    return found > 0;
  }

  /** It begins to compute its prompt. */
  void announce(Sequence sequence) {
    if (sequence.hashes != null) {
      for (int i = sequence.computed() / pool.blockSize(); i < sequence.hashes.count(); i++) {
        beingComputed.putIfAbsent(sequence.hashes.name(i), sequence);
      }
    }
  }

  /** It computes no more, or has computed it. */
  void withdraw(Sequence sequence) {
    if (sequence.hashes != null && !beingComputed.isEmpty()) {
      for (int i = sequence.publishedBlocks; i < sequence.hashes.count(); i++) {
        beingComputed.remove(sequence.hashes.name(i), sequence);
      }
    }
  }

  /** Lets others find its full blocks, as far as they are computed and their tokens known. */
  void publish(Sequence sequence) {
    if (sequence.hashes == null) {
      return;
    }
    int full = Math.min(sequence.computed(), sequence.known()) / pool.blockSize();
    if (full > sequence.publishedBlocks) {
      sequence.hashes.extend(sequence.tokens(), sequence.known());
      int[] blocks = sequence.table.ids();
      for (int i = sequence.publishedBlocks; i < full; i++) {
        cache.publish(
            blocks[i], sequence.hashes, sequence.tokens(), i, sequence.request.tier().ordinal());
        beingComputed.remove(sequence.hashes.name(i), sequence);
      }
      sequence.publishedBlocks = full;
    }
  }

  /** Forgets all that could be found. */
  void clear() {
    if (cache != null) {
      cache.clear();
    }
  }

  void checkInvariants() {
    if (cache != null) {
      cache.checkInvariants();
    }
    for (Sequence sequence : beingComputed.values()) {
      Invariants.require(
          sequence.state == Sequence.State.RUNNING,
          "sequence %d does not compute a prefix that others wait for",
          sequence.id);
    }
  }
}
