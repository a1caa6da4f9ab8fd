package io.penstock.engine.backend.cuda.driver;

import io.penstock.engine.core.TensorView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Brings a checkpoint's tensors to the GPU as 16-bit floats.
 *
 * <p><b>Notes.</b> The link takes 55 GB/s from pinned memory, far more than one thread copies from
 * the page cache or converts; so several threads fill pinned buffers, two each, and all queue their
 * copies on one stream. Tensors are cut into chunks of rows, so that a single large one (an
 * embedding table) also occupies all threads. Chunks of several tensors are in the air at once:
 * nothing is complete before {@link #finish}.
 */
public final class WeightUpload implements AutoCloseable {
  private static final long STAGING_BYTES = 4L << 20;
  private static final int MOST_THREADS = 16;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final CudaStream stream;
  private final PinnedMemory staging;
  private final List<UploadWorker> workers = new ArrayList<>();
  private final ExecutorService threads;
  private final ConcurrentLinkedQueue<UploadChunk> chunks = new ConcurrentLinkedQueue<>();
  private final AtomicReference<RuntimeException> failure = new AtomicReference<>();
  private CountDownLatch running = new CountDownLatch(0);
  private boolean closed;

  private WeightUpload(CudaDevice device, int threadCount) {
    stream = CudaStream.create(device);
    staging = PinnedMemory.allocate(device, threadCount * 2 * STAGING_BYTES);
    for (int i = 0; i < threadCount; i++) {
      workers.add(new UploadWorker(device, stream, staging, i * 2 * STAGING_BYTES, STAGING_BYTES));
    }
    threads =
        Executors.newFixedThreadPool(
            threadCount, Thread.ofPlatform().daemon().name("weight-upload-", 0).factory());
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
    chunks.addAll(UploadChunk.split(tensor, type, columns, destination, STAGING_BYTES));
    if (running.getCount() == 0) {
      begin();
    }
  }

  private void begin() {
    CountDownLatch done = new CountDownLatch(workers.size());
    running = done;
    for (UploadWorker worker : workers) {
      threads.execute(() -> drain(worker, done));
    }
  }

  private void drain(UploadWorker worker, CountDownLatch done) {
    try {
      UploadChunk chunk;
      while (failure.get() == null && (chunk = chunks.poll()) != null) {
        worker.upload(chunk);
      }
    } catch (RuntimeException e) {
      failure.compareAndSet(null, e);
    } catch (Error e) {
      // The JVM reports a file that shrank under its mapping as an InternalError.
      failure.compareAndSet(null, new IllegalStateException("reading weights failed: " + e, e));
    } finally {
      done.countDown();
    }
  }

  /**
   * Returns when everything that was added is on the device; more may be added afterwards.
   *
   * @throws RuntimeException the first failure of a thread
   */
  public void finish() {
    await();
    // A thread may have looked at the queue just before the last addition.
    while (failure.get() == null && !chunks.isEmpty()) {
      begin();
      await();
    }
    RuntimeException failed = failure.get();
    if (failed != null) {
      throw failed;
    }
    stream.synchronize(PATIENCE);
  }

  private void await() {
    boolean interrupted = false;
    while (true) {
      try {
        running.await();
        break;
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
    if (closed) {
      return;
    }
    closed = true;
    chunks.clear();
    await();
    threads.shutdown();
    if (failure.get() == null && stream.device().isUsable()) {
      stream.synchronize(PATIENCE);
    }
    workers.forEach(UploadWorker::close);
    staging.close();
    stream.close();
  }
}
