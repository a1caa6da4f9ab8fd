package io.penstock.engine.grammar.expr;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/**
 * What bounds a computation: the processor time of its own thread, so that whether a request is
 * refused does not depend on what else the machine does.
 */
public final class ProcessorTime {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private ProcessorTime() {}

  /** Nanoseconds since any fixed moment, to be compared with others of the same thread. */
  public static long nanos() {
    long own = THREADS.isCurrentThreadCpuTimeSupported() ? THREADS.getCurrentThreadCpuTime() : -1;
    return own >= 0 ? own : System.nanoTime(); // virtual threads have none
  }
}
