package io.penstock.engine.backend.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.penstock.engine.backend.KvCacheSpec;
import io.penstock.engine.backend.SwapSpace;
import io.penstock.engine.backend.cuda.driver.CudaEvent;
import io.penstock.engine.backend.cuda.driver.CudaException;
import io.penstock.engine.backend.cuda.driver.CudaStream;
import io.penstock.engine.backend.cuda.driver.KernelFunction;
import io.penstock.engine.backend.cuda.driver.PinnedMemory;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pinned host memory for blocks of the cache: a kernel for each direction gathers a block's pieces
 * of all layers, which lie far apart in the cache and side by side in a slot.
 *
 * <p>All copies run in a stream of their own, in the order of the calls, and begin when what was
 * enqueued in the model's stream before them has ended: blocks that earlier steps wrote are
 * complete, and nobody reads any more what is overwritten. The model's stream waits for a copy at
 * once, or, if it may run beside the next step, before the step after that.
 */
final class CudaSwapSpace implements SwapSpace {
  static final String OFFLOAD = "penstock_kv_offload";
  static final String RESTORE = "penstock_kv_restore";

  private static final Logger log = LoggerFactory.getLogger(CudaSwapSpace.class);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int VECTOR_BYTES = 16;
  private static final int PAIR_BYTES = 2 * Integer.BYTES;
  private static final int THREADS = 512;

  /** Enough to fill the link, and few multiprocessors of those that a step beside it wants. */
  private static final int GRID = 16;

  private static final int PLACES = 4;

  private final Gpu gpu;
  private final CudaKvCache cache;
  private final int slots;
  private final PinnedMemory memory;
  private final KernelFunction offload;
  private final KernelFunction restore;
  private final CudaStream copies;
  private final CudaEvent ahead;
  private final CudaEvent copied;
  private final Place[] places = new Place[PLACES];
  private int next;

  /** Copies beside the next step were enqueued; the step under way is the one beside them. */
  private boolean besideNext;

  private boolean besideLast;

  /** A list of blocks and slots that a kernel reads from host memory. */
  private static final class Place {
    private final CudaEvent read;
    private final PinnedMemory pairs;

    Place(Gpu gpu, int slots) {
      this.read = CudaEvent.createUntimed(gpu.device());
      this.pairs = PinnedMemory.allocate(gpu.device(), (long) slots * PAIR_BYTES);
    }
  }

  private CudaSwapSpace(Gpu gpu, CudaKvCache cache, int slots, PinnedMemory memory) {
    this.gpu = gpu;
    this.cache = cache;
    this.slots = slots;
    this.memory = memory;
    this.offload = gpu.kernel(OFFLOAD);
    this.restore = gpu.kernel(RESTORE);
    this.copies = CudaStream.create(gpu.device());
    this.ahead = CudaEvent.createUntimed(gpu.device());
    this.copied = CudaEvent.createUntimed(gpu.device());
    for (int i = 0; i < PLACES; i++) {
      places[i] = new Place(gpu, slots);
    }
  }

  /** Empty, with a line in the log, where the host does not give so much pinned memory. */
  static Optional<CudaSwapSpace> allocate(Gpu gpu, CudaKvCache cache, int slots) {
    long bytes = slots * blockBytes(cache.spec());
    try {
      PinnedMemory memory = PinnedMemory.allocate(gpu.device(), bytes);
      return Optional.of(new CudaSwapSpace(gpu, cache, slots, memory));
    } catch (CudaException e) {
      if (e.contextLost()) {
        throw e;
      }
      log.warn(
          "no swap space: the host gives no {} MiB of pinned memory ({}); preempted sequences are computed again",
          bytes >> 20,
          e.getMessage());
      return Optional.empty();
    }
  }

  private static long blockBytes(KvCacheSpec spec) {
    return spec.elementsPerBlock() * ElementType.BYTES;
  }

  @Override
  public int slots() {
    return slots;
  }

  @Override
  public void offload(int[] blocks, int[] slots, boolean beside) {
    copy(offload, memory.address(), cache.address(0), blocks, slots, beside);
  }

  @Override
  public void restore(int[] slots, int[] blocks, boolean beside) {
    copy(restore, cache.address(0), memory.address(), blocks, slots, beside);
  }

  private void copy(
      KernelFunction kernel, long to, long from, int[] blocks, int[] slots, boolean beside) {
    gpu.guarded(
        () -> {
          waitForLast();
          Place place = places[next];
          next = (next + 1) % PLACES;
          place.read.synchronize(PATIENCE);
          pack(blocks, slots, place.pairs.segment());
          ahead.record(gpu.stream());
          copies.waitFor(ahead);
          KvCacheSpec spec = cache.spec();
          long pieceVectors = blockBytes(spec) / spec.numLayers() / VECTOR_BYTES;
          gpu.arguments()
              .add(to)
              .add(from)
              .add(place.pairs.address())
              .add(blocks.length)
              .add(spec.numLayers())
              .add(pieceVectors * spec.numBlocks())
              .add((int) pieceVectors)
              .launch(kernel, copies, GRID, 1, 1, THREADS, 0, false);
          place.read.record(copies);
          copied.record(copies);
          if (beside) {
            besideNext = true;
          } else {
            gpu.stream().waitFor(copied);
          }
        });
  }

  /** Pairs of a block and its slot. */
  static void pack(int[] blocks, int[] slots, MemorySegment into) {
    for (int i = 0; i < blocks.length; i++) {
      into.setAtIndex(JAVA_INT, 2L * i, blocks[i]);
      into.setAtIndex(JAVA_INT, 2L * i + 1, slots[i]);
    }
  }

  /** A step is about to be computed: it comes after the copies beside the step before. */
  void beginStep() {
    waitForLast();
    besideLast = besideNext;
    besideNext = false;
  }

  private void waitForLast() {
    if (besideLast) {
      gpu.stream().waitFor(copied);
      besideLast = false;
    }
  }

  /** Waits for what is under way. */
  void synchronize() {
    copies.synchronize();
  }
}
