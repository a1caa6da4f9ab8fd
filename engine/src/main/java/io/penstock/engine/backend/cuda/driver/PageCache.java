package io.penstock.engine.backend.cuda.driver;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Tells Linux which part of a mapped file is read next: it fetches the whole range at once, and
 * enters its pages into the page table in one go instead of one fault for every 64 KiB.
 */
final class PageCache {
  private static final int WILL_NEED = 3;
  private static final int POPULATE_READ = 22; // since Linux 5.14; others refuse, which is fine
  private static final long PAGE = 4096;

  private static final MethodHandle ADVISE = bind();

  private PageCache() {}

  @SuppressWarnings("restricted")
  private static MethodHandle bind() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow("madvise"),
        FunctionDescriptor.of(
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT));
  }

  /** Only advice: what fails is read page by page as it is touched. */
  static void prefetch(MemorySegment data) {
    if (!data.isNative()) {
      return;
    }
    long begin = data.address() & -PAGE;
    long length = data.address() + data.byteSize() - begin;
    try {
      int ignored = (int) ADVISE.invokeExact(begin, length, WILL_NEED);
      ignored = (int) ADVISE.invokeExact(begin, length, POPULATE_READ);
    } catch (Throwable e) {
      throw new IllegalStateException("madvise cannot be called", e);
    }
  }
}
