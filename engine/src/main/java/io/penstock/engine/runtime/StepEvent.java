package io.penstock.engine.runtime;

import io.penstock.engine.sched.StepPlan;
import io.penstock.engine.sched.StepShape;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * A step as Java's flight recorder sees it: what it computed and how long it took. Costs nothing
 * while nobody records. {@code bench sched live --steps FILE} collects these.
 */
@Name(StepEvent.NAME)
@Label("Engine step")
@Category("Penstock")
@StackTrace(false)
public final class StepEvent extends Event {
  public static final String NAME = "penstock.Step";

  @Label("Prompt tokens")
  public int promptTokens;

  @Label("Prompt pairs")
  @Description("Pairs of a token of a prompt and one that it looks at")
  public long promptPairs;

  @Label("Decodes")
  @Description("Sequences that compute one token")
  public int decodes;

  @Label("Decode context")
  @Description("Tokens that those look at, in all")
  public long decodeContext;

  @Label("Took, nanoseconds")
  public long nanos;

  @Label("Expected, nanoseconds")
  @Description("By what had been learnt before; 0 when that was nothing")
  public long expectedNanos;

  @Label("Copies blocks")
  @Description("Whether blocks of the cache were copied beside it")
  public boolean copies;

  @Label("Awaited, nanoseconds")
  @Description("By the host, once it had launched the next")
  public long awaitedNanos;

  @Label("Device waited, nanoseconds")
  @Description("Before it, for the host")
  public long deviceWaitedNanos;

  @Label("Not alone")
  @Description("Whether it was computed amid another, or another amid it")
  public boolean amid;

  /** A step that was computed amid another. */
  static void record(StepPlan plan, long nanos, boolean amid) {
    record(plan, nanos, 0, nanos, 0, amid);
  }

  static void record(
      StepPlan plan,
      long nanos,
      double expectedNanos,
      long awaitedNanos,
      long deviceWaitedNanos,
      boolean amid) {
    StepEvent event = new StepEvent();
    if (!event.isEnabled()) {
      return;
    }
    StepShape shape = StepShape.of(plan);
    event.promptTokens = shape.promptTokens();
    event.promptPairs = shape.promptPairs();
    event.decodes = shape.decodes();
    event.decodeContext = shape.decodeContext();
    event.nanos = nanos;
    event.expectedNanos = (long) expectedNanos;
    event.awaitedNanos = awaitedNanos;
    event.deviceWaitedNanos = deviceWaitedNanos;
    event.copies = plan.copies();
    event.amid = amid;
    event.commit();
  }
}
