package io.penstock.engine.runtime;

import io.penstock.engine.backend.DeviceSampler;
import io.penstock.engine.backend.InterposedSteps;
import java.util.Random;

/**
 * Steps amid those of a {@link SamplingDevice}: before or after the one that is enqueued, at
 * random. A step that touches what the other does gives other tokens then, sooner or later.
 */
final class PausingSteps implements InterposedSteps {
  private final SamplingDevice device;
  private final SamplingDevice own;
  private final Random random;
  int computed;
  RuntimeException failNext;

  PausingSteps(SamplingDevice device, SamplingDevice own, Random random) {
    this.device = device;
    this.own = own;
    this.random = random;
    device.interposes(this);
  }

  @Override
  public boolean canPause() {
    return true;
  }

  @Override
  public void pause() {}

  @Override
  public void enqueue(Runnable step) {
    RuntimeException failure = failNext;
    failNext = null;
    if (failure != null) {
      throw failure;
    }
    if (random.nextBoolean()) {
      device.compute();
    }
    device.enqueueOn(own, step);
    computed++;
  }

  @Override
  public DeviceSampler sampler() {
    return own;
  }

  @Override
  public void await() {}

  @Override
  public long pauses() {
    return computed;
  }
}
