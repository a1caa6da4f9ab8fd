package io.penstock.engine.backend.cuda.driver;

import java.lang.reflect.UndeclaredThrowableException;

/** What is common to calls through method handles of native functions. */
public final class NativeCalls {
  private NativeCalls() {}

  /**
   * A native function throws nothing, though {@code invokeExact} declares {@link Throwable}: what
   * comes is an error of the virtual machine, or of how we call it.
   *
   * @return what to throw
   */
  public static RuntimeException impossible(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException known ? known : new UndeclaredThrowableException(e);
  }
}
