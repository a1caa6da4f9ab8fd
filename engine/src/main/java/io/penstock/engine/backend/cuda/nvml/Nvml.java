package io.penstock.engine.backend.cuda.nvml;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.penstock.engine.backend.cuda.driver.CudaDevice;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Memory, utilisation and power of GPUs. Where the library is missing or says no, samples are empty
 * and the log says so once: metrics are no reason to stop serving. Any thread may ask.
 */
public final class Nvml implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Nvml.class);
  private static final String LIBRARY = "libnvidia-ml.so.1";

  private static final MemoryLayout[] HANDLE_AND_RESULT = {JAVA_LONG, ADDRESS};

  private final Map<String, MethodHandle> functions;
  private final Map<String, Long> handles = new HashMap<>();
  private boolean available;

  private Nvml(Map<String, MethodHandle> functions) {
    this.functions = functions;
    this.available = !functions.isEmpty();
  }

  /** Never fails. */
  public static Nvml open() {
    return open(LIBRARY);
  }

  static Nvml open(String libraryName) {
    Optional<Map<String, MethodHandle>> functions = bind(libraryName);
    if (functions.isEmpty()) {
      log.info("no GPU metrics: {} cannot be loaded", libraryName);
      return new Nvml(Map.of());
    }
    Nvml nvml = new Nvml(functions.get());
    nvml.check("nvmlInit_v2", nvml.call("nvmlInit_v2"));
    return nvml;
  }

  /** Empty when the library cannot tell. */
  public synchronized Optional<GpuSample> sample(CudaDevice device) {
    return sample(device.pciBusId());
  }

  synchronized Optional<GpuSample> sample(String pciBusId) {
    if (!available) {
      return Optional.empty();
    }
    try (Arena arena = Arena.ofConfined()) {
      long handle = handles.computeIfAbsent(pciBusId, id -> find(id, arena));
      MemorySegment memory = arena.allocate(24, 8); // unsigned long long total, free, used
      MemorySegment rates = arena.allocate(8, 4); // unsigned int gpu, memory
      MemorySegment milliwatts = arena.allocate(JAVA_INT);
      boolean told =
          check("nvmlDeviceGetMemoryInfo", call("nvmlDeviceGetMemoryInfo", handle, memory))
              && check(
                  "nvmlDeviceGetUtilizationRates",
                  call("nvmlDeviceGetUtilizationRates", handle, rates))
              && check(
                  "nvmlDeviceGetPowerUsage", call("nvmlDeviceGetPowerUsage", handle, milliwatts));
      return told
          ? Optional.of(
              new GpuSample(
                  memory.get(JAVA_LONG, 16),
                  memory.get(JAVA_LONG, 0),
                  rates.get(JAVA_INT, 0),
                  milliwatts.get(JAVA_INT, 0) / 1e3))
          : Optional.empty();
    }
  }

  private long find(String pciBusId, Arena arena) {
    MemorySegment handle = arena.allocate(8, 8);
    check(
        "nvmlDeviceGetHandleByPciBusId_v2",
        call("nvmlDeviceGetHandleByPciBusId_v2", arena.allocateFrom(pciBusId), handle));
    return handle.get(JAVA_LONG, 0);
  }

  /** After one refusal no more is asked: it would be refused again, once a second. */
  private boolean check(String name, int code) {
    if (code != 0 && available) {
      log.warn("no GPU metrics: {} failed with error {}", name, code);
      available = false;
    }
    return code == 0;
  }

  private int call(String name, Object... arguments) {
    if (!available) {
      return -1;
    }
    try {
      return (int) functions.get(name).invokeWithArguments(arguments);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new UndeclaredThrowableException(e);
    }
  }

  private static Optional<Map<String, MethodHandle>> bind(String libraryName) {
    try {
      @SuppressWarnings("restricted") // declared as nvml.h declares them
      SymbolLookup library = SymbolLookup.libraryLookup(libraryName, Arena.global());
      Map<String, MethodHandle> functions = new HashMap<>();
      functions.put("nvmlInit_v2", bind(library, "nvmlInit_v2"));
      functions.put("nvmlShutdown", bind(library, "nvmlShutdown"));
      functions.put(
          "nvmlDeviceGetHandleByPciBusId_v2",
          bind(library, "nvmlDeviceGetHandleByPciBusId_v2", ADDRESS, ADDRESS));
      for (String name :
          new String[] {
            "nvmlDeviceGetMemoryInfo", "nvmlDeviceGetUtilizationRates", "nvmlDeviceGetPowerUsage"
          }) {
        functions.put(name, bind(library, name, HANDLE_AND_RESULT));
      }
      return Optional.of(functions);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  @SuppressWarnings("restricted")
  private static MethodHandle bind(SymbolLookup library, String name, MemoryLayout... arguments) {
    MemorySegment address =
        library.find(name).orElseThrow(() -> new IllegalArgumentException(name));
    return Linker.nativeLinker()
        .downcallHandle(address, FunctionDescriptor.of(JAVA_INT, arguments));
  }

  @Override
  public synchronized void close() {
    if (available) {
      call("nvmlShutdown");
      available = false;
    }
  }
}
