package io.penstock.engine.runtime;

import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.DeviceBuffer;
import io.penstock.engine.backend.DeviceSampler;
import io.penstock.engine.backend.Rope;
import io.penstock.engine.backend.SampledRows;
import io.penstock.engine.backend.SamplingRow;
import io.penstock.engine.sampling.HostRowSampler;
import io.penstock.engine.sampling.Sampled;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The CPU, acting as a device that samples: ids that it sampled are the input of its next step, and
 * the host is told them a step later.
 */
final class SamplingDevice implements DeviceSampler {
  private final Backend host;
  private final int vocabSize;
  private final Deque<SampledRows> outstanding = new ArrayDeque<>();
  private int[] sampledIds = {};
  private int[] inputs = {}; // (logit rows) token that each was computed from

  private SamplingDevice under = this; // whose step is enqueued
  private Runnable enqueued = () -> {}; // and not computed yet
  private boolean defers;
  private PausingSteps interposed;

  int pendingInputs;
  int awaited;
  RuntimeException failNextAwait;

  SamplingDevice(Backend host, int vocabSize) {
    this.host = host;
    this.vocabSize = vocabSize;
  }

  Backend backend() {
    return (Backend)
        Proxy.newProxyInstance(
            Backend.class.getClassLoader(),
            new Class<?>[] {Backend.class},
            (_, method, arguments) ->
                switch (method.getName()) {
                  case "deviceSampler" -> Optional.of(this);
                  case "step" -> {
                    under.step(
                        (BatchLayout) arguments[0], (Rope) arguments[1], (Runnable) arguments[2]);
                    yield null;
                  }
                  case "interposedSteps" -> Optional.ofNullable(interposed);
                  default -> call(method, arguments);
                });
  }

  private Object call(Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(host, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private void step(BatchLayout batch, Rope rope, Runnable forward) {
    compute();
    defer(() -> host.step(resolved(batch), rope, forward));
  }

  private void defer(Runnable work) {
    Runnable before = enqueued;
    enqueued =
        () -> {
          before.run();
          work.run();
        };
    if (!defers) {
      compute();
    }
  }

  /** Computes what is enqueued. */
  void compute() {
    Runnable work = enqueued;
    enqueued = () -> {};
    work.run();
  }

  /**
   * Steps are computed when they are awaited, or when the next is enqueued; others may be computed
   * amid them, which means before or after.
   */
  void interposes(PausingSteps steps) {
    defers = true;
    interposed = steps;
  }

  /** What is enqueued meanwhile is another device's, on the same host. */
  void enqueueOn(SamplingDevice other, Runnable step) {
    under = other;
    try {
      step.run();
    } finally {
      under = this;
    }
  }

  private BatchLayout resolved(BatchLayout batch) {
    int[] ids = batch.tokenIds().clone();
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0) {
        ids[i] = sampledIds[-1 - ids[i]];
        pendingInputs++;
      }
    }
    inputs = new int[batch.logitRows().length];
    for (int row = 0; row < inputs.length; row++) {
      inputs[row] = ids[batch.logitRows()[row]];
    }
    return new BatchLayout(
        ids,
        batch.positions(),
        batch.queryStart(),
        batch.contextLengths(),
        batch.ropeLengths(),
        batch.blockTables(),
        batch.logitRows());
  }

  @Override
  public void sample(DeviceBuffer logits, List<SamplingRow> rows) {
    defer(() -> sampleNow(logits, rows));
  }

  private void sampleNow(DeviceBuffer logits, List<SamplingRow> rows) {
    if (outstanding.size() == 2 || rows.size() != inputs.length) {
      throw new IllegalStateException(outstanding.size() + " outstanding, rows " + rows.size());
    }
    int count = rows.size();
    SampledRows sampled =
        new SampledRows(new int[count], new double[count], new int[count][], new double[count][]);
    float[] row = new float[vocabSize];
    for (int i = 0; i < count; i++) {
      host.readRow(logits, i, row);
      Sampled one = HostRowSampler.sample(rows.get(i), row, inputs[i]);
      sampled.tokens()[i] = one.token();
      sampled.logprobs()[i] = one.logprob();
      sampled.topIds()[i] = one.topIds();
      sampled.topLogprobs()[i] = one.topLogprobs();
    }
    sampledIds = sampled.tokens();
    outstanding.add(sampled);
  }

  @Override
  public SampledRows await() {
    awaited++;
    if (outstanding.isEmpty()) {
      compute();
    }
    SampledRows oldest = outstanding.remove();
    RuntimeException failure = failNextAwait;
    failNextAwait = null;
    if (failure != null) {
      throw failure;
    }
    return oldest;
  }
}
