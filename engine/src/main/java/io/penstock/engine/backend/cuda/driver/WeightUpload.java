package io.penstock.engine.backend.cuda.driver;

import io.penstock.engine.core.TensorView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Brings a checkpoint's tensors to the GPU as 16-bit floats.
 *
 * <p><b>Notes.</b> The link takes 55 GB/s from pinned memory, far more than one thread copies from
 * the page cache or converts; so several threads fill pinned buffers, two each, and all queue their
 * copies on one stream. Tensors are cut into chunks of rows, so that a single large one (an
 * embedding table) also occupies all threads. Chunks of several tensors are in the air at once:
 * nothing is complete before {@link #finish}. After a failure the chunks that are left are skipped.
 */
public final class WeightUpload implements AutoCloseable {
  private static final long STAGING_BYTES = 4L << 20;
  private static final int MOST_THREADS = 16;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Ends a thread. */
  private static final UploadChunk END = new UploadChunk(null, 0, 0, HalfType.BF16, 0, 0);

  private final CudaStream stream;
  private final PinnedMemory staging;
  private final List<UploadWorker> workers = new ArrayList<>();
  private final LinkedBlockingQueue<UploadChunk> chunks = new LinkedBlockingQueue<>();

  // Guarded by this.
  private long unfinished;
  private RuntimeException failure;
  private boolean closed;

  private WeightUpload(CudaDevice device, int threads) {
    stream = CudaStream.create(device);
    staging = PinnedMemory.allocate(device, threads * 2 * STAGING_BYTES);
    for (int i = 0; i < threads; i++) {
      UploadWorker worker =
          new UploadWorker(device, stream, staging, i * 2 * STAGING_BYTES, STAGING_BYTES);
      workers.add(worker);
      Thread.ofPlatform().daemon().name("weight-upload-" + i).start(() -> work(worker));
    }
  }

  /** With as many threads as there are cores, at most {@value #MOST_THREADS}. */
  public static WeightUpload open(CudaDevice device) {
    return open(device, Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors()));
  }

  public static WeightUpload open(CudaDevice device, int threads) {
    return new WeightUpload(device, threads);
  }

  /**
   * Queues a whole tensor, rows close to each other; it must stay mapped until {@link #finish}.
   *
   * @param destination device address of (rows, columns) of {@code type}; for instance the rows of
   *     a matrix that stacks several tensors
   */
  public void add(TensorView tensor, HalfType type, long destination) {
    add(tensor, type, destination, tensor.columns());
  }

  /**
   * Queues a whole tensor whose rows are padded with zeros on the device.
   *
   * @param columns elements from one row to the next on the device, at least the tensor's columns
   */
  public void add(TensorView tensor, HalfType type, long destination, int columns) {
    List<UploadChunk> parts = UploadChunk.split(tensor, type, columns, destination, STAGING_BYTES);
    synchronized (this) {
      if (closed) {
        throw new IllegalStateException("the upload is closed");
      }
      unfinished += parts.size();
      chunks.addAll(parts);
    }
  }

  private void work(UploadWorker worker) {
    UploadChunk chunk;
    while ((chunk = next()) != END) {
      RuntimeException failed = null;
      try {
        if (!stopped()) {
          worker.upload(chunk);
        }
      } catch (RuntimeException e) {
        failed = e;
      } catch (Error e) {
        // The JVM reports a file that shrank under its mapping as an InternalError.
        failed = new IllegalStateException("reading weights failed: " + e, e);
      }
      done(failed);
    }
  }

  private UploadChunk next() {
    while (true) {
      try {
        return chunks.take();
      } catch (InterruptedException e) {
        // Nobody has a reason to interrupt these threads; END stops them.
      }
    }
  }

  private synchronized boolean stopped() {
    return closed || failure != null;
  }

  private synchronized void done(RuntimeException failed) {
    if (failure == null) {
      failure = failed;
    }
    unfinished--;
    if (unfinished == 0) {
      notifyAll();
    }
  }

  /**
   * Returns when everything that was added is on the device; more may be added afterwards.
   *
   * @throws RuntimeException the first failure of a thread
   */
  public void finish() {
    synchronized (this) {
      awaitThreads();
      if (failure != null) {
        throw failure;
      }
    }
    stream.synchronize(PATIENCE);
  }

  private synchronized void awaitThreads() {
    boolean interrupted = false;
    while (unfinished > 0) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stops what is still under way and gives the staging memory back. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      awaitThreads();
    }
    workers.forEach(worker -> chunks.add(END));
    // Destroying a stream lets its copies run on, out of memory that is about to be freed.
    if (stream.device().isUsable()) {
      stream.synchronize(PATIENCE);
    }
    workers.forEach(UploadWorker::close);
    staging.close();
    stream.close();
  }
}
