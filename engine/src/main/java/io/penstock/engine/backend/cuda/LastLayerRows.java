package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.cuda.driver.Copies;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import io.penstock.engine.backend.cuda.driver.KernelFunction;
import io.penstock.engine.backend.cuda.driver.PinnedMemory;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The few rows with which a step of prompts goes on once its last layer's keys and values are in
 * the cache: of a prompt of 8,192 tokens one row is sampled, and the other 8,191 need neither
 * attention nor the feed-forward of that layer. In a model of 32 layers that is 2.7 % of a prompt.
 */
final class LastLayerRows {
  /**
   * With fewer tokens all products are bound by their weights, and more rows cost nothing; the
   * kernel for whole layers, which takes up to 64, is never under way then.
   */
  private static final int LEAST_TOKENS = 128;

  private final Gpu gpu;
  private final KernelFunction gather;
  private final int queryColumns;
  private final CudaBuffer queries; // (rows, qkv columns)
  private final CudaBuffer stream; // (rows, hidden) float32
  private final DeviceMemory identity; // (rows) int: 0, 1, 2, ...

  /**
   * @param maxRows most rows whose logits are wanted
   * @param queryColumns of a row of qkv, which come first
   */
  LastLayerRows(Gpu gpu, int maxRows, int queryColumns, int qkvColumns, int hidden) {
    this.gpu = gpu;
    this.gather = gpu.typedKernel("penstock_gather_rows");
    this.queryColumns = queryColumns;
    this.queries = CudaBuffer.zeroed(gpu, maxRows, qkvColumns, ElementType.BYTES);
    this.stream = CudaBuffer.zeroed(gpu, maxRows, hidden, Float.BYTES);
    this.identity = identity(gpu, maxRows);
  }

  private static DeviceMemory identity(Gpu gpu, int rows) {
    long bytes = (long) rows * Integer.BYTES;
    DeviceMemory memory = gpu.allocate(bytes);
    int[] each = new int[rows];
    Arrays.setAll(each, i -> i);
    try (PinnedMemory host = PinnedMemory.allocate(gpu.device(), bytes)) {
      host.segment().asSlice(0, bytes).copyFrom(MemorySegment.ofArray(each));
      Copies.hostToDevice(memory.address(), host, 0, bytes, gpu.stream());
      gpu.stream().synchronize();
    }
    return memory;
  }

  /**
   * Whether a step keeps only the rows whose logits are wanted.
   *
   * @param maxRows for which there is room
   */
  static boolean suit(BatchLayout batch, int maxRows) {
    int rows = batch.logitRows().length;
    return rows > 0
        && rows <= maxRows
        && batch.numTokens() >= LEAST_TOKENS
        && 2 * rows <= batch.numTokens();
  }

  /** Collects the rows' queries and puts the rows of the stream in the place of all. */
  void keep(CudaStep step, CudaBuffer qkv, CudaResidual residual) {
    int hidden = residual.columns();
    gpu.launch(
        gpu.arguments()
            .add(stream.address())
            .add(queries.address())
            .add(residual.sum())
            .add(qkv.address())
            .add(step.logitRowsAddress())
            .add(hidden)
            .add(queryColumns)
            .add(qkv.columns()),
        gather,
        step.logitRows(),
        1,
        Gpu.rowBlock(Math.max(hidden, queryColumns)),
        0);
    residual.narrow(stream);
  }

  /** (rows, qkv columns), with the queries in their columns. */
  long queries() {
    return queries.address();
  }

  /** What the rows are called from now on: 0, 1, 2 and so on. */
  long identity() {
    return identity.address();
  }
}
