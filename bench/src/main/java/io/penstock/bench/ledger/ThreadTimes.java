package io.penstock.bench.ledger;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Processor time of a JVM by what its threads are for, from {@code /proc/PID/task}: all of them,
 * the compiler's and the collector's too.
 *
 * @param seconds by kind of thread
 */
record ThreadTimes(Map<String, Double> seconds) {
  private static final double TICKS = 100; // a second, on Linux everywhere

  /** What a thread's name begins with, and what such threads do. */
  private static final Map<String, String> KINDS = new LinkedHashMap<>();

  static {
    KINDS.put("reactor-http", "HTTP event loops");
    KINDS.put("reactor-tcp", "R2DBC event loops");
    KINDS.put("parallel", "delivery of tokens");
    KINDS.put("text-work", "templates and tokenizing");
    KINDS.put("engine-", "engine");
    KINDS.put("ledger", "ledger");
    KINDS.put("usage-writer", "ledger");
    KINDS.put("C1 Comp", "JIT compiler");
    KINDS.put("C2 Comp", "JIT compiler");
    KINDS.put("VM Thread", "garbage collector");
    KINDS.put("GC ", "garbage collector");
    KINDS.put("G1 ", "garbage collector");
  }

  static ThreadTimes of(long pid) throws IOException {
    Map<String, Double> seconds = new TreeMap<>();
    List<Path> tasks;
    try (Stream<Path> all = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
      tasks = all.toList();
    }
    for (Path task : tasks) {
      try {
        String stat = Files.readString(task.resolve("stat"));
        int name = stat.indexOf('(') + 1;
        int end = stat.lastIndexOf(')');
        String[] fields = stat.substring(end + 2).split(" ");
        double time = (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS;
        seconds.merge(kind(stat.substring(name, end)), time, Double::sum);
      } catch (IOException _) {
        // the thread has ended
      }
    }
    return new ThreadTimes(seconds);
  }

  private static String kind(String name) {
    return KINDS.entrySet().stream()
        .filter(kind -> name.startsWith(kind.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse("other threads");
  }

  /** What was used since then. */
  ThreadTimes since(ThreadTimes before) {
    Map<String, Double> difference = new TreeMap<>();
    seconds.forEach(
        (kind, time) ->
            difference.put(kind, Math.max(0, time - before.seconds.getOrDefault(kind, 0.0))));
    return new ThreadTimes(difference);
  }

  double total() {
    return seconds.values().stream().mapToDouble(Double::doubleValue).sum();
  }
}
