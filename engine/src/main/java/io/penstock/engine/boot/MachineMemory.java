package io.penstock.engine.boot;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory this process may still take. */
final class MachineMemory {
  private static final Path MEMINFO = Path.of("/proc/meminfo");
  private static final String AVAILABLE = "MemAvailable:";

  private MachineMemory() {}

  /**
   * Bytes available without swapping. Linux counts its file cache as available, so its own figure
   * is taken where there is one, bounded by the container's memory.
   */
  static long availableBytes() {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long linux = linuxAvailableBytes();
    return linux > 0 ? Math.min(linux, system.getTotalMemorySize()) : system.getFreeMemorySize();
  }

  private static long linuxAvailableBytes() {
    try {
      for (String line : Files.readAllLines(MEMINFO)) {
        if (line.startsWith(AVAILABLE)) {
          String kibibytes = line.substring(AVAILABLE.length()).replace("kB", "").strip();
          return Long.parseLong(kibibytes) << 10;
        }
      }
    } catch (IOException | NumberFormatException e) {
      return 0; // not Linux, or hidden: the platform's figure is used
    }
    return 0;
  }
}
