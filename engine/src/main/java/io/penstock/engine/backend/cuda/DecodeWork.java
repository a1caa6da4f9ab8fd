package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.BatchLayout;
import java.util.Arrays;

/**
 * Deals the pages of the sequences that have one query token to workers.
 *
 * <p><b>Notes.</b> A worker is what one block of the kernel does for one key/value head: segments,
 * each some consecutive pages of a sequence. A sequence in several segments costs a merge in the
 * end, so sequences are cut only where that balances. Few sequences do not fill the GPU, and what
 * counts is the time that one worker takes: each is cut by itself, into pieces as small as a warp
 * has a use for until there are blocks enough. With more work all workers run at once and get equal
 * shares. With much, blocks draw workers one after the other; shares then shrink with what is left
 * (guided self-scheduling, Polychronopoulos and Kuck 1987), so that all blocks end together
 * although memory does not serve them equally.
 *
 * <p>A record: token row of the query; index in the block ids of the segment's first page; pages;
 * position of the first page's first token; tokens of the sequence; record of the worker's next
 * segment or -1; first partial slot of the sequence; its segments and which one this is, packed.
 * The records {@code 0 .. items - 1} are the workers' first segments.
 */
final class DecodeWork {
  /** Up to so many sequences all workers run at once, which keeps lists short. */
  static final int FEW = 4;

  private static final int LEAST_PAGES = 4; // one for each warp of a block
  private static final int UNCUT_PAGES = 16; // a merge takes longer than reading these
  private static final int MERGE_PAGES = 8; // a block reads so many while pieces are merged
  private static final int EVEN_PAGES = 32; // a slot: up to here all workers run at once
  private static final int LEAST_GUIDED_PAGES = 16;

  private final BatchLayout batch;
  private final AttentionKernels kernels;
  private final int window;

  private int sequences;
  private long pagesLeft;
  private boolean even;
  private boolean manySequences;
  private int evenTarget;
  private int leastTarget;

  // Segments in the order of their making.
  private int segments;
  private int[] sequenceOf = new int[64];
  private int[] firstPage = new int[64];
  private int[] pages = new int[64];
  private int[] workerOf = new int[64];

  private DecodeWork(BatchLayout batch, AttentionKernels kernels, int window) {
    this.batch = batch;
    this.kernels = kernels;
    this.window = window;
  }

  /**
   * @param blockStart (sequences) index in the uploaded block ids of each sequence's first
   * @param window tokens that a query sees including itself, 0 for all
   * @param readAhead whether pages but the last of a sequence are not written by this step
   */
  static WorkList of(
      BatchLayout batch,
      int[] blockStart,
      AttentionKernels kernels,
      int window,
      boolean readAhead) {
    DecodeWork work = new DecodeWork(batch, kernels, window);
    work.measure();
    int workers = work.deal();
    return work.list(workers, blockStart, readAhead);
  }

  /** Whether sequence s is one for the decode kernel. */
  static boolean takes(BatchLayout batch, int s) {
    return batch.contextLengths()[s] > 0 && batch.queryStart()[s + 1] - batch.queryStart()[s] == 1;
  }

  private int firstPageOf(int s) {
    int hidden = window > 0 ? Math.max(0, batch.contextLengths()[s] - window) : 0;
    return hidden / AttentionKernels.PAGE;
  }

  private int endPageOf(int s) {
    return Math.ceilDiv(batch.contextLengths()[s], AttentionKernels.PAGE);
  }

  private void measure() {
    for (int s = 0; s < batch.numSequences(); s++) {
      if (takes(batch, s)) {
        sequences++;
        pagesLeft += endPageOf(s) - firstPageOf(s);
      }
    }
    int slots = kernels.decodeGridY();
    even = sequences <= FEW || pagesLeft <= (long) EVEN_PAGES * slots;
    manySequences = (long) sequences * kernels.decodeGridX() >= kernels.multiprocessors();
    int share = (int) Math.ceilDiv(pagesLeft, (long) slots);
    evenTarget = Math.max(LEAST_PAGES, Math.ceilDiv(share, LEAST_PAGES) * LEAST_PAGES);
    leastTarget = Math.max(LEAST_GUIDED_PAGES, (int) Math.ceilDiv(pagesLeft, 6L * slots));
  }

  /** Pages that the next worker should get. */
  private int target() {
    return even
        ? evenTarget
        : Math.max(leastTarget, (int) Math.ceilDiv(2 * pagesLeft, 3L * kernels.decodeGridY()));
  }

  /** Makes all segments and returns the number of workers. */
  private int deal() {
    int pieces = pagesOfPieces();
    return pieces > 0 ? dealPieces(pieces) : dealInTurn();
  }

  /**
   * Pages that each worker gets where the sequences are cut one by one: the fewest, in whole rounds
   * of a block's warps, with which not more blocks come about than memory needs to be busy. More
   * would only have more to merge.
   *
   * @return 0 when there is so much work that workers need not begin and end with a sequence
   */
  private int pagesOfPieces() {
    int most = kernels.mostDecodePieces();
    if (!even || sequences == 0 || sequences > most) {
      return 0;
    }
    int size = LEAST_PAGES * (int) Math.ceilDiv(pagesLeft, (long) LEAST_PAGES * most);
    while (countPieces(size) > most) {
      size += LEAST_PAGES;
    }
    return sequences <= FEW || size <= EVEN_PAGES ? size : 0;
  }

  private int countPieces(int size) {
    int count = 0;
    for (int s = 0; s < batch.numSequences(); s++) {
      count += takes(batch, s) ? Math.ceilDiv(endPageOf(s) - firstPageOf(s), size) : 0;
    }
    return count;
  }

  private int dealPieces(int size) {
    int worker = 0;
    for (int s = 0; s < batch.numSequences(); s++) {
      int page = takes(batch, s) ? firstPageOf(s) : 0;
      int end = takes(batch, s) ? endPageOf(s) : 0;
      int step = end - page <= size + MERGE_PAGES ? end - page : size;
      for (; page < end; page += step) {
        add(s, page, Math.min(step, end - page), worker++);
      }
    }
    return worker;
  }

  private int dealInTurn() {
    int worker = 0;
    int load = 0;
    int target = 0;
    for (int s = 0; s < batch.numSequences(); s++) {
      int page = takes(batch, s) ? firstPageOf(s) : 0;
      int left = takes(batch, s) ? endPageOf(s) - page : 0;
      while (left > 0) {
        target = load == 0 ? target() : target;
        int slack = target / 4;
        int room = target - load;
        int take;
        boolean uncut = page == firstPageOf(s);
        if (left <= room + slack || load == 0 && uncut && staysUncut(left, target)) {
          take = left;
        } else if (load > 0 && (room <= slack || left <= target + slack && 2 * load >= target)) {
          worker++;
          load = 0;
          continue; // better whole, or nearly, in a worker of its own
        } else {
          take = left - room < LEAST_PAGES ? left : room;
        }
        add(s, page, take, worker);
        page += take;
        left -= take;
        pagesLeft -= take;
        load += take;
        if (load + slack >= target) {
          worker++;
          load = 0;
        }
      }
    }
    return load > 0 ? worker + 1 : worker;
  }

  /** Whether a sequence that is longer than a worker should be stays in one piece all the same. */
  private boolean staysUncut(int left, int target) {
    return left <= UNCUT_PAGES || even && manySequences && left <= target * 3 / 2;
  }

  private void add(int sequence, int page, int count, int worker) {
    if (segments == sequenceOf.length) {
      sequenceOf = Arrays.copyOf(sequenceOf, 2 * segments);
      firstPage = Arrays.copyOf(firstPage, 2 * segments);
      pages = Arrays.copyOf(pages, 2 * segments);
      workerOf = Arrays.copyOf(workerOf, 2 * segments);
    }
    sequenceOf[segments] = sequence;
    firstPage[segments] = page;
    pages[segments] = count;
    workerOf[segments++] = worker;
  }

  private WorkList list(int workers, int[] blockStart, boolean readAhead) {
    int[] splits = new int[batch.numSequences()];
    for (int i = 0; i < segments; i++) {
      splits[sequenceOf[i]]++;
    }
    int[] ints = new int[WorkList.RECORD * (1 + segments)];
    ints[0] = workers;
    ints[1] = readAhead ? 1 : 0;
    int partials = 0;
    int slot = 0;
    int split = 0;
    int further = workers; // the next record that is no worker's first
    int previous = -1;
    for (int i = 0; i < segments; i++) {
      int s = sequenceOf[i];
      boolean sameSequence = i > 0 && sequenceOf[i - 1] == s;
      boolean sameWorker = i > 0 && workerOf[i - 1] == workerOf[i];
      if (!sameSequence) {
        split = 0;
        slot = partials;
        partials += splits[s] > 1 ? splits[s] : 0;
      }
      int record = sameWorker ? further++ : workerOf[i];
      if (sameWorker) {
        ints[WorkList.RECORD * (1 + previous) + 5] = record;
      }
      previous = record;
      int at = WorkList.RECORD * (1 + record);
      ints[at] = batch.queryStart()[s];
      ints[at + 1] = blockStart[s] + firstPage[i];
      ints[at + 2] = pages[i];
      ints[at + 3] = firstPage[i] * AttentionKernels.PAGE;
      ints[at + 4] = batch.contextLengths()[s];
      ints[at + 5] = -1;
      ints[at + 6] = slot;
      ints[at + 7] = WorkList.pack(splits[s], split++);
    }
    return new WorkList(ints, workers, partials);
  }
}
