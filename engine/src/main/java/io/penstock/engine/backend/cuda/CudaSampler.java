package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.DeviceBuffer;
import io.penstock.engine.backend.DeviceSampler;
import io.penstock.engine.backend.SampledRows;
import io.penstock.engine.backend.SamplingRow;
import io.penstock.engine.backend.cuda.driver.Copies;
import io.penstock.engine.backend.cuda.driver.CudaEvent;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import io.penstock.engine.backend.cuda.driver.Launcher;
import io.penstock.engine.backend.cuda.driver.PinnedMemory;
import java.time.Duration;
import java.util.List;

/**
 * Samples on the GPU, behind the step in the same stream. The ids stay there as the next step's
 * input and are copied to the host besides.
 *
 * <p>On the host everything exists twice, because a step may be sampled while the results of the
 * one before are still to be read; a place is used again only after its event says that the GPU has
 * done with it.
 */
final class CudaSampler implements DeviceSampler {
  private static final int PLACES = 2;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Room for lists of bias, counts and masks before anything has to grow. */
  private static final long LIST_BYTES = 256L << 10;

  private final Gpu gpu;
  private final int vocab;
  private final StepClock clock;
  private final SamplingResults layout;
  private final DeviceMemory sampledIds; // (maxRows) int
  private final DeviceMemory inputIds; // (maxTokens) int
  private final DeviceMemory greedyState;
  private final DeviceMemory workspace;
  private final DeviceMemory results;
  private final Place[] places = new Place[PLACES];
  private DeviceMemory upload;
  private int next;
  private int outstanding;
  private long logitRows; // of the step under way

  /** The host's side of one step's sampling. */
  private static final class Place {
    private final CudaEvent done;
    private final PinnedMemory results;
    private PinnedMemory upload;
    private List<SamplingRow> rows = List.of();

    Place(Gpu gpu, long uploadBytes, long resultBytes) {
      this.done = CudaEvent.createUntimed(gpu.device());
      this.upload = PinnedMemory.allocate(gpu.device(), uploadBytes);
      this.results = PinnedMemory.allocate(gpu.device(), resultBytes);
    }
  }

  /**
   * @param clock told when steps end
   * @param maxRows most rows of a step
   * @param maxTokens most tokens of a step
   */
  CudaSampler(Gpu gpu, StepClock clock, int vocab, int maxRows, int maxTokens) {
    this.gpu = gpu;
    this.clock = clock;
    this.vocab = vocab;
    this.layout = new SamplingResults(maxRows);
    this.sampledIds = gpu.allocateZeroed((long) maxRows * Integer.BYTES);
    this.inputIds = gpu.allocateZeroed((long) maxTokens * Integer.BYTES);
    this.greedyState = gpu.allocateZeroed(SamplingPlan.stateBytes(maxRows));
    this.workspace = gpu.allocate(SamplingPlan.workspaceBytes(maxRows, vocab));
    this.results = gpu.allocateZeroed(layout.bytes());
    long uploadBytes = SamplingUpload.bytes(maxRows) + LIST_BYTES;
    this.upload = gpu.allocate(uploadBytes);
    for (int i = 0; i < PLACES; i++) {
      places[i] = new Place(gpu, uploadBytes, layout.bytes());
    }
    // Loaded now: a first load in the middle of serving would be a pause.
    gpu.kernel(SamplingPlan.GREEDY);
    gpu.kernel(SamplingPlan.SLICES);
    gpu.kernel(SamplingPlan.ROWS, SamplingPlan.ROWS_SHARED_BYTES);
  }

  /** Where the ids that the last step sampled stand, by row of its logits. */
  long sampledIds() {
    return sampledIds.address();
  }

  /** Where a step leaves the ids that it fed, by token. */
  long inputIds() {
    return inputIds.address();
  }

  /** The next {@link #sample} is of this step. */
  void begin(CudaStep step) {
    logitRows = step.logitRowsAddress();
    clock.begin(outstanding);
  }

  @Override
  public void sample(DeviceBuffer logits, List<SamplingRow> rows) {
    if (outstanding == PLACES) {
      throw new IllegalStateException("two steps are sampled and not awaited");
    }
    if (rows.size() > layout.rowCapacity()) {
      throw new IllegalArgumentException(
          "%d rows, there is room for %d".formatted(rows.size(), layout.rowCapacity()));
    }
    gpu.guarded(
        () -> {
          Place place = places[next];
          place.done.synchronize(PATIENCE);
          place.rows = rows;
          try {
            if (!rows.isEmpty()) {
              enqueue(place, ((CudaBuffer) logits).address());
            }
          } finally {
            clock.end();
            place.done.record(gpu.stream()); // also of what a failure left enqueued
          }
        });
    next = (next + 1) % PLACES;
    outstanding++;
  }

  private void enqueue(Place place, long logits) {
    List<SamplingRow> rows = place.rows;
    SamplingPlan plan = SamplingPlan.of(rows, vocab, gpu.device().smCount());
    if (plan.uploads()) {
      upload(place);
    }
    boolean first = true; // behind a copy, or behind a graph, which is no kernel to begin beside
    for (SamplingPlan.Launch launch : plan.launches()) {
      launch(launch, logits, first);
      first = false;
    }
    Copies.deviceToHost(place.results, 0, results.address(), layout.bytesFor(rows), gpu.stream());
  }

  private void upload(Place place) {
    long bytes = SamplingUpload.bytes(place.rows, vocab);
    if (bytes > upload.bytes()) {
      gpu.stream().synchronize(); // the step before may still read it
      upload.close();
      upload = gpu.allocate(2 * bytes);
    }
    if (bytes > place.upload.bytes()) {
      place.upload.close();
      place.upload = PinnedMemory.allocate(gpu.device(), 2 * bytes);
    }
    long packed = SamplingUpload.pack(place.rows, vocab, place.upload.segment(), 0);
    Copies.hostToDevice(upload.address(), place.upload, 0, packed, gpu.stream());
  }

  private void launch(SamplingPlan.Launch launch, long logits, boolean first) {
    Launcher.Arguments arguments = gpu.arguments();
    switch (launch.symbol()) {
      case SamplingPlan.GREEDY ->
          arguments
              .add(sampledIds.address())
              .add(results.address())
              .add(logits)
              .add(greedyState.address())
              .add(vocab);
      case SamplingPlan.SLICES ->
          arguments
              .add(logits)
              .add(upload.address())
              .add(inputIds.address())
              .add(logitRows)
              .add(workspace.address())
              .add(vocab);
      case SamplingPlan.ROWS ->
          arguments
              .add(sampledIds.address())
              .add(results.address())
              .add(results.address() + layout.recordsOffset())
              .add(logits)
              .add(upload.address())
              .add(inputIds.address())
              .add(logitRows)
              .add(workspace.address())
              .add(vocab);
      default -> throw new IllegalStateException("no arguments for " + launch.symbol());
    }
    gpu.launch(
        arguments,
        gpu.kernel(launch.symbol()),
        launch.gridX(),
        launch.gridY(),
        launch.block(),
        launch.sharedBytes(),
        first);
  }

  @Override
  public long deviceWaitedNanos() {
    return clock.waitedNanos();
  }

  @Override
  public SampledRows await() {
    if (outstanding == 0) {
      throw new IllegalStateException("no step is sampled");
    }
    Place place = places[Math.floorMod(next - outstanding, PLACES)];
    outstanding--;
    return gpu.guarded(
        () -> {
          place.done.synchronize(PATIENCE);
          clock.awaited();
          return layout.read(place.rows, place.results.segment(), 0);
        });
  }
}
