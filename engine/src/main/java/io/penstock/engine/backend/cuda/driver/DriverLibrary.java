package io.penstock.engine.backend.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.Optional;

/**
 * The driver's library, opened by name: it comes with the driver, never with us. Asked before JCuda
 * is touched, because JCuda's own library cannot be loaded without it.
 */
final class DriverLibrary {
  static final String NAME = "libcuda.so.1";

  private final SymbolLookup symbols;

  private DriverLibrary(SymbolLookup symbols) {
    this.symbols = symbols;
  }

  /**
   * @throws CudaUnavailableException when this machine has no driver
   */
  @SuppressWarnings("restricted") // the functions below are declared as cuda.h declares them
  static DriverLibrary open(String name) {
    try {
      return new DriverLibrary(SymbolLookup.libraryLookup(name, Arena.global()));
    } catch (IllegalArgumentException e) {
      throw new CudaUnavailableException("no NVIDIA driver: " + name + " cannot be loaded");
    }
  }

  /** A function that returns a status; pointers and 64-bit arguments are JAVA_LONG. */
  MethodHandle status(String name, MemoryLayout... arguments) {
    return find(name, arguments)
        .orElseThrow(() -> new CudaUnavailableException("the NVIDIA driver has no " + name));
  }

  @SuppressWarnings("restricted")
  Optional<MethodHandle> find(String name, MemoryLayout... arguments) {
    FunctionDescriptor type = FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments);
    return symbols.find(name).map(s -> Linker.nativeLinker().downcallHandle(s, type));
  }

  /** What the driver's interface is, known before anything is initialised. */
  DriverVersion version() {
    MethodHandle call = status("cuDriverGetVersion", ValueLayout.ADDRESS);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment number = arena.allocate(ValueLayout.JAVA_INT);
      int code = (int) call.invokeExact(number);
      if (code != 0) {
        throw new CudaUnavailableException(
            "the NVIDIA driver does not tell its version (error " + code + ")");
      }
      return DriverVersion.of(number.get(ValueLayout.JAVA_INT, 0));
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new UndeclaredThrowableException(e);
    }
  }

  /** The status of {@code cuInit}. */
  int initialize() {
    MethodHandle call = status("cuInit", ValueLayout.JAVA_INT);
    try {
      return (int) call.invokeExact(0);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new UndeclaredThrowableException(e);
    }
  }
}
