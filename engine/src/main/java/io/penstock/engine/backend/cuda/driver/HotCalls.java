package io.penstock.engine.backend.cuda.driver;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.invoke.MethodHandle;

/**
 * The driver's functions that a step calls, each about 10 ns above the driver's own time. Loaded
 * with the first call, which comes after {@link CudaDevice#open} found the library.
 *
 * <p>Constant method handles, so that the compiled call is a plain native one; pointers are passed
 * as numbers, so that no segment is made for them.
 */
final class HotCalls {
  private static final DriverLibrary LIBRARY = DriverLibrary.open(DriverLibrary.NAME);

  private static final MethodHandle LAUNCH =
      LIBRARY.status("cuLaunchKernelEx", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle UPLOAD =
      LIBRARY.status("cuMemcpyHtoDAsync_v2", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle DOWNLOAD =
      LIBRARY.status("cuMemcpyDtoHAsync_v2", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle COPY =
      LIBRARY.status("cuMemcpyDtoDAsync_v2", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle COPY_STRIDED =
      LIBRARY.status("cuMemcpy3DAsync_v2", JAVA_LONG, JAVA_LONG);
  private static final MethodHandle FILL_BYTES =
      LIBRARY.status("cuMemsetD8Async", JAVA_LONG, JAVA_BYTE, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle FILL_INTS =
      LIBRARY.status("cuMemsetD32Async", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle RECORD = LIBRARY.status("cuEventRecord", JAVA_LONG, JAVA_LONG);
  private static final MethodHandle EVENT_QUERY = LIBRARY.status("cuEventQuery", JAVA_LONG);
  private static final MethodHandle STREAM_QUERY = LIBRARY.status("cuStreamQuery", JAVA_LONG);
  private static final MethodHandle STREAM_WAIT =
      LIBRARY.status("cuStreamWaitEvent", JAVA_LONG, JAVA_LONG, JAVA_INT);
  private static final MethodHandle GRAPH_LAUNCH =
      LIBRARY.status("cuGraphLaunch", JAVA_LONG, JAVA_LONG);

  private HotCalls() {}

  static int launchKernel(long config, long function, long parameters) {
    try {
      return (int) LAUNCH.invokeExact(config, function, parameters, 0L);
    } catch (Throwable e) {
      throw NativeCalls.impossible(e);
    }
  }

  static int hostToDevice(long to, long from, long bytes, long stream) {
    try {
      return (int) UPLOAD.invokeExact(to, from, bytes, stream);
    } catch (Throwable e) {
      throw NativeCalls.impossible(e);
    }
  }

  static int deviceToHost(long to, long from, long bytes, long stream) {
    try {
      return (int) DOWNLOAD.invokeExact(to, from, bytes, stream);
    } catch (Throwable e) {
      throw NativeCalls.impossible(e);
    }
  }

  static int deviceToDevice(long to, long from, long bytes, long stream) {
    try {
      return (int) COPY.invokeExact(to, from, bytes, stream);
    } catch (Throwable e) {
      throw NativeCalls.impossible(e);
    }
  }

  static int copyStrided(long parameters, long stream) {
    try {
      return (int) COPY_STRIDED.invokeExact(parameters, stream);
    } catch (Throwable e) {
      throw NativeCalls.impossible(e);
    }
  }

  static int fillBytes(long to, byte value, long count, long stream) {
    try {
      return (int) FILL_BYTES.invokeExact(to, value, count, stream);
    } catch (Throwable e) {
      throw NativeCalls.impossible(e);
    }
  }

  static int fillInts(long to, int value, long count, long stream) {
    try {
      return (int) FILL_INTS.invokeExact(to, value, count, stream);
    } catch (Throwable e) {
      throw NativeCalls.impossible(e);
    }
  }

  static int record(long event, long stream) {
    try {
      return (int) RECORD.invokeExact(event, stream);
    } catch (Throwable e) {
      throw NativeCalls.impossible(e);
    }
  }

  static int queryEvent(long event) {
    try {
      return (int) EVENT_QUERY.invokeExact(event);
    } catch (Throwable e) {
      throw NativeCalls.impossible(e);
    }
  }

  static int queryStream(long stream) {
    try {
      return (int) STREAM_QUERY.invokeExact(stream);
    } catch (Throwable e) {
      throw NativeCalls.impossible(e);
    }
  }

  static int streamWaits(long stream, long event) {
    try {
      return (int) STREAM_WAIT.invokeExact(stream, event, 0);
    } catch (Throwable e) {
      throw NativeCalls.impossible(e);
    }
  }

  static int launchGraph(long graph, long stream) {
    try {
      return (int) GRAPH_LAUNCH.invokeExact(graph, stream);
    } catch (Throwable e) {
      throw NativeCalls.impossible(e);
    }
  }
}
