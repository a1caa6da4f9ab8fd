package io.penstock.bench.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What the operating system says of a process ({@code /proc/PID/status}).
 *
 * @param residentBytes physical memory it holds (VmRSS)
 * @param threads its threads
 */
public record ProcessStatus(long residentBytes, int threads) {

  static ProcessStatus of(long pid) throws IOException {
    List<String> lines = Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"));
    return new ProcessStatus(field(lines, "VmRSS:") * 1024, (int) field(lines, "Threads:"));
  }

  private static long field(List<String> lines, String name) {
    String line = lines.stream().filter(l -> l.startsWith(name)).findFirst().orElseThrow();
    return Long.parseLong(line.replaceAll("\\D", ""));
  }
}
