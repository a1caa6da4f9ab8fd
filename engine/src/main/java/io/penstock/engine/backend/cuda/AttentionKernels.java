package io.penstock.engine.backend.cuda;

/**
 * Names, launch geometry and workspace of the attention kernels for one shape on one GPU; the
 * kernels' side of it is in {@code KERNELS.md}.
 *
 * @param numHeads query heads
 * @param numKvHeads key/value heads
 * @param headDim size of a head, one of 16, 32, 64, 80, 96, 128, 256
 * @param multiprocessors of the GPU
 */
record AttentionKernels(int numHeads, int numKvHeads, int headDim, int multiprocessors) {
  /** Threads of a block, of both kernels and of the preparation. */
  static final int THREADS = 128;

  /** Tokens of a cache block. */
  static final int PAGE = 16;

  private static final int DECODE_HEADS = 8; // query heads of a decode block
  private static final int PREFILL_BLOCKS = 2; // that a multiprocessor runs at once

  AttentionKernels {
    if (!supports(numHeads, numKvHeads, headDim)) {
      throw new IllegalArgumentException(
          "no attention kernel for %d heads of %d over %d key/value heads"
              .formatted(numHeads, headDim, numKvHeads));
    }
  }

  /** Whether there are kernels for the shape. */
  static boolean supports(int numHeads, int numKvHeads, int headDim) {
    boolean size =
        switch (headDim) {
          case 16, 32, 64, 80, 96, 128, 256 -> true;
          default -> false;
        };
    return size && numHeads % numKvHeads == 0 && numHeads / numKvHeads <= prefillRows(headDim);
  }

  /**
   * @param type {@code bf16} or {@code f16}
   */
  String decodeSymbol(String type) {
    return "penstock_attention_decode_" + type + "_d" + headDim;
  }

  /**
   * @param type {@code bf16} or {@code f16}
   */
  String prefillSymbol(String type) {
    return "penstock_attention_prefill_" + type + "_d" + headDim;
  }

  /** Query heads that share a key/value head. */
  int group() {
    return numHeads / numKvHeads;
  }

  // ---- preparation of q, k and v

  /** Height of the preparation's grid: keys and values, then queries. Its width is the tokens. */
  int prepareGridY() {
    int threads = headDim / 16;
    int lanes = threads == 1 ? 1 : Integer.highestOneBit(threads - 1) * 2;
    return 1 + Math.ceilDiv(numHeads * lanes, 2 * THREADS); // two query heads a thread
  }

  // ---- one query token a sequence

  /** Width of the decode grid: the blocks that share a worker's segments. */
  int decodeGridX() {
    return numKvHeads * Math.ceilDiv(group(), DECODE_HEADS);
  }

  /**
   * Height of the decode grid, whatever the batch: the blocks that the GPU runs at once. So a
   * recorded launch fits every step.
   */
  int decodeGridY() {
    int perMultiprocessor = headDim > 128 ? 2 : headDim > 64 ? 3 : 4;
    return Math.max(1, multiprocessors * perMultiprocessor / decodeGridX());
  }

  /** Workers at most where each has a piece of one sequence: they fill two thirds of the GPU. */
  int mostDecodePieces() {
    return Math.max(1, 2 * decodeGridY() / 3);
  }

  /** Workers that {@link DecodeWork} makes at most for so many sequences. */
  int mostDecodeWorkers(int sequences) {
    return (sequences <= DecodeWork.FEW ? 2 : 8) * decodeGridY() + 2;
  }

  /** Integers of the largest decode list, including what idle blocks look at. */
  int mostDecodeInts(int sequences) {
    // A worker's segments beyond its first each begin a sequence.
    return WorkList.RECORD * (1 + mostDecodeWorkers(sequences) + sequences);
  }

  // ---- chunks of query tokens

  /** Rows, (position, head of the group), of a tile. */
  static int prefillRows(int headDim) {
    return headDim > 128 ? 64 : 128;
  }

  /** Query positions of a tile. */
  int prefillPositions() {
    return prefillRows(headDim) / group();
  }

  /** Pages that the kernel takes at a time. */
  int prefillStagePages() {
    return headDim > 128 ? 2 : 4;
  }

  /** Dynamic shared memory of a prefill block in bytes. */
  int prefillSharedBytes() {
    return 2 * prefillStagePages() * PAGE * headDim * 2 * 2;
  }

  /** Width of the prefill grid; its height is the list's items. */
  int prefillGridX() {
    return numKvHeads;
  }

  /** Prefill blocks, for one key/value head, that the GPU runs at once. */
  int prefillSlots() {
    return Math.max(1, multiprocessors * PREFILL_BLOCKS / numKvHeads);
  }

  /** Slots of partial results of the largest prefill list: tiles are cut only where few. */
  int mostPrefillPartials() {
    return Math.ceilDiv(4 * (prefillSlots() + 1), 3) + 1;
  }

  /** Integers of the largest prefill list. */
  int mostPrefillInts(int tokens, int sequences) {
    int tiles = tokens / prefillPositions() + sequences;
    return WorkList.RECORD * (1 + tiles + mostPrefillPartials());
  }

  // ---- workspace, shared by both kernels and all layers

  /** Bytes of the partial results. */
  long partialBytes(int sequences) {
    long decodeSlot = (long) numHeads * (headDim + 4) * Float.BYTES;
    long prefillSlot = (long) numKvHeads * prefillRows(headDim) * (headDim + 8) * Float.BYTES;
    return Math.max(
        decodeSlot * (mostDecodeWorkers(sequences) + sequences),
        prefillSlot * mostPrefillPartials());
  }

  /** Bytes of the counters, which must be zero before the first launch. */
  long counterBytes(int sequences) {
    long decode = (long) decodeGridX() * (1 + mostDecodeWorkers(sequences) + sequences);
    long prefill = (long) numKvHeads * mostPrefillPartials();
    return Math.max(decode, prefill) * Integer.BYTES;
  }
}
