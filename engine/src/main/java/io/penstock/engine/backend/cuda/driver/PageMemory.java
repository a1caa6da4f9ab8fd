package io.penstock.engine.backend.cuda.driver;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * Host memory straight from Linux, in huge pages where there are any, all of it there at once:
 * several threads write to it first.
 */
final class PageMemory implements AutoCloseable {
  private static final int READ_WRITE = 3;
  private static final int PRIVATE_ANONYMOUS = 0x22;
  private static final int HUGE_PAGES = 14;
  private static final long PAGE = 4096;
  private static final int MOST_THREADS = 16;

  private static final MethodHandle MAP =
      bind(
          "mmap",
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_INT,
          ValueLayout.JAVA_INT,
          ValueLayout.JAVA_INT,
          ValueLayout.JAVA_LONG);
  private static final MethodHandle ADVISE =
      bind(
          "madvise",
          ValueLayout.JAVA_INT,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_INT);
  private static final MethodHandle UNMAP =
      bind("munmap", ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);

  private final long address;
  private final long bytes;

  private PageMemory(long address, long bytes) {
    this.address = address;
    this.bytes = bytes;
  }

  @SuppressWarnings("restricted") // declared as sys/mman.h declares them
  private static MethodHandle bind(String name, MemoryLayout result, MemoryLayout... arguments) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments));
  }

  /**
   * @throws OutOfMemoryError when Linux does not give so much
   */
  static PageMemory allocate(long bytes) {
    try {
      long address = (long) MAP.invokeExact(0L, bytes, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0L);
      if (address == -1) {
        throw new OutOfMemoryError("mmap gives no " + bytes + " bytes");
      }
      // Only advice: small pages do as well, with ten times as long until they are there.
      int ignored = (int) ADVISE.invokeExact(address, bytes, HUGE_PAGES);
      PageMemory memory = new PageMemory(address, bytes);
      memory.touch();
      return memory;
    } catch (Throwable e) {
      throw NativeCalls.impossible(e);
    }
  }

  private void touch() {
    int threads = Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors());
    long part = Math.ceilDiv(Math.ceilDiv(bytes, threads), PAGE) * PAGE;
    MemorySegment memory = segment();
    List<Thread> touching = new ArrayList<>();
    for (long begin = 0; begin < bytes; begin += part) {
      long first = begin;
      touching.add(
          Thread.ofPlatform()
              .name("host-memory-", touching.size())
              .daemon()
              .start(
                  () -> {
                    for (long at = first; at < Math.min(first + part, bytes); at += PAGE) {
                      memory.set(ValueLayout.JAVA_BYTE, at, (byte) 0);
                    }
                  }));
    }
    boolean interrupted = false;
    for (Thread thread : touching) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) { // the threads end soon; the flag is put back then
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @SuppressWarnings("restricted") // the length is that of the mapping
  MemorySegment segment() {
    return MemorySegment.ofAddress(address).reinterpret(bytes);
  }

  long address() {
    return address;
  }

  long bytes() {
    return bytes;
  }

  /** Gives the memory back; nobody may use it any more. */
  @Override
  public void close() {
    try {
      int ignored = (int) UNMAP.invokeExact(address, bytes);
    } catch (Throwable e) {
      throw NativeCalls.impossible(e);
    }
  }
}
