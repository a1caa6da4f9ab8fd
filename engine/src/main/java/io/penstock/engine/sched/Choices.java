package io.penstock.engine.sched;

import io.penstock.engine.kv.BlockPool;
import java.util.ArrayList;
import java.util.List;

/**
 * With n &gt; 1 the first choice computes the prompt; then the others share its full blocks. Of
 * several inputs the first waits in the queue, and the others follow it.
 */
final class Choices {
  private final BlockPool pool;
  private final SequenceBook book;

  Choices(BlockPool pool, SequenceBook book) {
    this.pool = pool;
    this.book = book;
  }

  /** The prompt of the first choice is computed: the others go on from there. */
  void fork(Sequence first) {
    for (Sequence sibling : alive(first.siblings)) {
      sibling.begin();
      sibling.shareFrom(first, pool.blockSize());
      book.enqueue(sibling);
    }
    first.siblings = List.of();
  }

  /**
   * The first of a request's inputs has its place: the others wait for theirs as what goes on does,
   * so that the queue's bounds count a request once.
   */
  void release(Sequence first) {
    for (Sequence sibling : alive(first.siblings)) {
      sibling.begin();
      book.enqueue(sibling);
    }
    first.siblings = List.of();
  }

  /** When a choice ends before its prompt is computed, the next one computes it. */
  void passOn(Sequence ended) {
    List<Sequence> heirs = alive(ended.siblings);
    if (!heirs.isEmpty()) {
      Sequence first = heirs.removeFirst();
      first.siblings = heirs;
      first.scores = ended.scores;
      book.enqueue(first);
    }
  }

  static List<Sequence> alive(List<Sequence> choices) {
    List<Sequence> alive = new ArrayList<>(choices);
    alive.removeIf(choice -> choice.state == Sequence.State.ENDED);
    return alive;
  }
}
