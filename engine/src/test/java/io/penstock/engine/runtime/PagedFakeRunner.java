package io.penstock.engine.runtime;

import io.penstock.engine.backend.SwapSpace;
import io.penstock.engine.sampling.Sampled;
import io.penstock.engine.sampling.SamplingState;
import io.penstock.engine.sched.ScheduledSequence;
import io.penstock.engine.sched.StepPlan;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;

/**
 * A "model" whose next token is a hash of all tokens before it, read back from a paged store: a
 * wrong block, a lost or doubled token, a wrong position, all change what it says. Like a device's
 * queue it computes steps in the order of their launch, and tokens that it sampled are the input of
 * the next step before anybody has seen them. Copies that may be made beside a step are made as
 * late as is allowed.
 */
final class PagedFakeRunner implements StepRunner, SwapSpace {
  static final int VOCAB = 26;

  private final int depth;
  private final int blockSize;
  private final int[][] blocks;
  private final int[][] slots;
  private final List<Runnable> copies = new ArrayList<>();
  private final Deque<Sampled[]> inFlight = new ArrayDeque<>();
  private Sampled[] previous = {};
  private final Semaphore steps = new Semaphore(0);
  private final CountDownLatch held = new CountDownLatch(1);
  private volatile boolean gated;

  volatile RuntimeException failNextStep;
  volatile RuntimeException failNextLaunch;
  volatile RuntimeException failNextCopies;
  volatile Error dieInNextStep;
  volatile RuntimeException failProbe;
  volatile boolean closed;
  volatile int largestBatch;
  volatile int mostInFlight;
  volatile int probes;

  PagedFakeRunner(int depth, int numBlocks, int numSlots, int blockSize) {
    this.depth = depth;
    this.blockSize = blockSize;
    this.blocks = new int[numBlocks][blockSize];
    this.slots = new int[numSlots][blockSize];
    for (int[] block : blocks) {
      Arrays.fill(block, -1);
    }
  }

  /** What it says after these tokens. */
  static int next(List<Integer> tokens) {
    return Math.floorMod(tokens.hashCode() * 0x9E3779B9 >>> 8, VOCAB);
  }

  /** {@code count} tokens that follow a prompt. */
  static List<Integer> continuation(int[] prompt, int count) {
    List<Integer> tokens = new ArrayList<>(Arrays.stream(prompt).boxed().toList());
    for (int i = 0; i < count; i++) {
      tokens.add(next(tokens));
    }
    return tokens.subList(prompt.length, tokens.size());
  }

  /** Waits until a step is held up at the gate. */
  void awaitHeld() throws InterruptedException {
    held.await();
  }

  /** From now on steps do not end before {@link #ungate}. */
  void gate() {
    gated = true;
  }

  void ungate() {
    gated = false;
    steps.release(1_000_000);
  }

  @Override
  public int depth() {
    return depth;
  }

  @Override
  public void launch(StepPlan plan, List<SamplingState> states) {
    if (inFlight.size() == depth) {
      throw new IllegalStateException("too many steps in flight");
    }
    largestBatch = Math.max(largestBatch, plan.sequences().size());
    if (dieInNextStep != null) {
      throw dieInNextStep;
    }
    RuntimeException failure = failNextLaunch;
    failNextLaunch = null;
    if (failure != null) {
      throw failure;
    }
    RuntimeException noCopies = failNextCopies;
    if (noCopies != null && plan.copies()) {
      failNextCopies = null;
      throw noCopies;
    }
    CacheCopies.enqueue(plan, this);
    previous = compute(plan, states);
    makeCopies();
    inFlight.add(previous);
    mostInFlight = Math.max(mostInFlight, inFlight.size());
  }

  @Override
  public Sampled[] await() {
    Sampled[] oldest = inFlight.remove();
    if (gated) {
      held.countDown();
      steps.acquireUninterruptibly();
    }
    RuntimeException failure = failNextStep;
    failNextStep = null;
    if (failure != null) {
      throw failure;
    }
    return oldest;
  }

  private Sampled[] compute(StepPlan plan, List<SamplingState> states) {
    for (ScheduledSequence s : plan.sequences()) {
      for (int i = 0; i < s.tokenIds().length; i++) {
        int position = s.firstPosition() + i;
        blocks[s.blockTable()[position / blockSize]][position % blockSize] =
            resolved(s.tokenIds()[i]);
      }
    }
    List<Sampled> sampled = new ArrayList<>();
    for (ScheduledSequence s : plan.sequences()) {
      if (s.sampled()) {
        List<Integer> context = new ArrayList<>();
        for (int p = 0; p < s.contextLength(); p++) {
          context.add(blocks[s.blockTable()[p / blockSize]][p % blockSize]);
        }
        sampled.add(new Sampled(next(context), Double.NaN, new int[0], new double[0]));
      }
    }
    if (sampled.size() != states.size()) {
      throw new IllegalStateException(sampled.size() + " samples, " + states.size() + " states");
    }
    return sampled.toArray(Sampled[]::new);
  }

  @Override
  public int slots() {
    return slots.length;
  }

  @Override
  public void offload(int[] from, int[] to, boolean beside) {
    copy(blocks, from, slots, to, beside);
  }

  @Override
  public void restore(int[] from, int[] to, boolean beside) {
    copy(slots, from, blocks, to, beside);
  }

  private void copy(int[][] source, int[] from, int[][] target, int[] to, boolean beside) {
    copies.add(
        () -> {
          for (int i = 0; i < from.length; i++) {
            target[to[i]] = source[from[i]].clone();
          }
        });
    if (!beside) {
      makeCopies();
    }
  }

  private void makeCopies() {
    copies.forEach(Runnable::run);
    copies.clear();
  }

  private int resolved(int tokenId) {
    return tokenId < 0 ? previous[-1 - tokenId].token() : tokenId;
  }

  @Override
  public void probe() {
    probes++;
    inFlight.clear();
    if (failProbe != null) {
      throw failProbe;
    }
  }

  @Override
  public void close() {
    closed = true;
  }
}
