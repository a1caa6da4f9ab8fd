package io.penstock.bench.sched;

import io.penstock.engine.sched.StepPlan;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What the scheduler takes of the engine's thread, by JMH: everything that it does for a step,
 * arrivals included.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class StepBenchmark {
  @Param("10000")
  public int waiting;

  @Param("true")
  public boolean cached;

  @Param("1")
  public int tiers;

  private BusyScheduler scheduler;

  @Setup
  public void fill() {
    scheduler = new BusyScheduler(waiting, cached, tiers);
  }

  @Benchmark
  public StepPlan step() {
    return scheduler.step();
  }
}
