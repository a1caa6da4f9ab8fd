package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.Rope;
import java.util.Optional;

/**
 * Turns a batch into the metadata that a step's kernels read, and uploads it. A recordable step is
 * laid out by the room that any step of its size may need, so that everything but the block ids
 * stands at the same place each time.
 */
final class StepInputs {
  /** Block ids that fit without growing: 1,024 sequences of 16,000 tokens, or fewer longer ones. */
  private static final int MOST_BLOCK_IDS = 1 << 20;

  private final int blockSize;
  private final int pairs;
  private final AttentionKernels kernels;
  private final Optional<HopperPrefill> hopper;
  private final int window;
  private final int maxSequences;
  private final StepUpload upload;

  /** A step that is laid out but not uploaded. */
  record Prepared(
      StepMetadata metadata, StepShape shape, StepLayout layout, AttentionPlan attention) {}

  /**
   * @param pairs pairs of a head that are turned
   * @param hopper empty where whole prompts are chunks like others
   * @param window tokens that a query sees including itself, 0 for all before it
   */
  StepInputs(
      Gpu gpu,
      CudaSettings settings,
      int pairs,
      AttentionKernels kernels,
      Optional<HopperPrefill> hopper,
      int window) {
    this.blockSize = settings.blockSize();
    this.pairs = pairs;
    this.kernels = kernels;
    this.hopper = hopper;
    this.window = window;
    this.maxSequences = settings.maxSequences();
    this.upload = new StepUpload(gpu, StepLayout.of(largest(settings)).bytes());
  }

  private StepShape largest(CudaSettings settings) {
    int tokens = settings.maxTokens();
    long blocks =
        (long) settings.maxSequences() * Math.ceilDiv(settings.maxContext(), settings.blockSize());
    return new StepShape(
        tokens,
        tokens,
        Math.min(tokens, settings.maxSequences()),
        1 + settings.maxSequences(),
        pairs,
        kernels.mostDecodeInts(tokens)
            + kernels.mostDecodeInts(settings.maxSequences())
            + WorkList.RECORD * (1 + kernels.decodeGridY())
            + kernels.mostPrefillInts(tokens, tokens)
            + hopper.map(h -> h.mostInts(tokens, tokens)).orElse(0),
        (int) Math.min(blocks, MOST_BLOCK_IDS));
  }

  /** A step laid out without gaps. */
  Prepared exact(BatchLayout batch, Rope rope) {
    return prepare(batch, rope, false);
  }

  /** A padded decode step laid out as all of its size are. */
  Prepared recordable(BatchLayout batch, Rope rope) {
    return prepare(batch, rope, true);
  }

  private Prepared prepare(BatchLayout batch, Rope rope, boolean recordable) {
    FrequencyRows frequencies = FrequencyRows.of(batch, rope);
    BlockLists blocks = BlockLists.of(batch, blockSize);
    AttentionWork work = AttentionWork.of(batch, blocks.start(), kernels, hopper, window);
    if (!recordable && LastLayerRows.suit(batch, maxSequences)) {
      work = work.keepingLogitRows(batch, blocks.start(), kernels, window);
    }
    AttentionPlan attention = AttentionPlan.of(work, kernels);
    int sequences = batch.numSequences();
    int frequencyRows =
        !recordable ? frequencies.rows().size() : rope.dependsOnLength() ? 1 + sequences : 1;
    StepShape shape =
        new StepShape(
            batch.numTokens(),
            sequences,
            batch.logitRows().length,
            frequencyRows,
            pairs,
            recordable ? recordedInts(sequences) : attention.lists().length,
            blocks.total());
    return new Prepared(
        new StepMetadata(batch, frequencies, blocks, attention.lists()),
        shape,
        StepLayout.of(shape),
        attention);
  }

  /** Room for the lists of any decode step of a size: its own, and an empty one. */
  private int recordedInts(int sequences) {
    int readable = WorkList.RECORD * (1 + kernels.decodeGridY());
    return Math.max(kernels.mostDecodeInts(sequences), readable) + WorkList.RECORD;
  }

  /**
   * Makes room for a step.
   *
   * @return whether all metadata stands elsewhere from now on
   */
  boolean reserve(Prepared prepared) {
    return upload.reserve(prepared.layout().bytes());
  }

  /** Enqueues the upload. */
  CudaStep upload(Prepared prepared) {
    upload.upload(prepared.metadata(), prepared.layout(), blockSize);
    StepShape shape = prepared.shape();
    return new CudaStep(
        shape.tokens(), shape.sequences(), shape.logitRows(), upload.address(), prepared.layout());
  }
}
