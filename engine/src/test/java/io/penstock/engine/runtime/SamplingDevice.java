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
                    host.step(
                        resolved((BatchLayout) arguments[0]),
                        (Rope) arguments[1],
                        (Runnable) arguments[2]);
                    yield null;
                  }
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
    SampledRows oldest = outstanding.remove();
    RuntimeException failure = failNextAwait;
    failNextAwait = null;
    if (failure != null) {
      throw failure;
    }
    return oldest;
  }
}
