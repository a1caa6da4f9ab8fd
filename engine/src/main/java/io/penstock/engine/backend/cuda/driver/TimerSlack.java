package io.penstock.engine.backend.cuda.driver;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Lets the naps of the calling thread end when they should: Linux delays timers by up to 50 us
 * otherwise, which is a percent of a step.
 */
final class TimerSlack {
  private static final int PR_SET_TIMERSLACK = 29;
  private static final long NANOS = 1_000;

  private static final MethodHandle PRCTL = bind();

  private TimerSlack() {}

  @SuppressWarnings("restricted")
  private static MethodHandle bind() {
    Linker linker = Linker.nativeLinker();
    // int prctl(int option, ...), here with one argument behind the dots
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow("prctl"),
        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG),
        Linker.Option.firstVariadicArg(1));
  }

  static void tighten() {
    try {
      // A refusal leaves the delay as it was.
      int ignored = (int) PRCTL.invokeExact(PR_SET_TIMERSLACK, NANOS);
    } catch (Throwable e) {
      throw new IllegalStateException("prctl cannot be called", e);
    }
  }
}
