package io.penstock.bench.ledger;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;

/**
 * Where a server's Java threads spend their processor time: samples of their stacks (JEP 509), each
 * counted for the innermost frame that is not the JDK's own.
 */
final class Profile implements AutoCloseable {
  private static final String SAMPLE = "jdk.CPUTimeSample";
  private static final Map<String, String> SETTINGS =
      Map.of("enabled", "true", "throttle", "10ms", "stackTrace", "true");

  /** What packages are for, the most specific first. */
  private static final Map<String, String> PARTS = new LinkedHashMap<>();

  static {
    PARTS.put("io.penstock.engine", "engine");
    PARTS.put("io.penstock.api.tenancy", "keys");
    PARTS.put("io.penstock.api.quota", "limits and ledger");
    PARTS.put("io.penstock.api.usage", "limits and ledger");
    PARTS.put("io.penstock.api.alerts", "limits and ledger");
    PARTS.put("io.penstock.api.openai", "answers");
    PARTS.put("io.penstock.api", "gateway");
    PARTS.put("org.postgresql", "database drivers");
    PARTS.put("io.r2dbc", "database drivers");
    PARTS.put("tools.jackson", "JSON");
    PARTS.put("com.fasterxml.jackson", "JSON");
    PARTS.put("org.springframework.security", "Spring Security");
    PARTS.put("org.springframework", "Spring");
    PARTS.put("io.micrometer", "metrics");
    PARTS.put("reactor.netty", "Netty");
    PARTS.put("io.netty", "Netty");
    PARTS.put("reactor", "Reactor");
  }

  private final Recording recording;

  /** Begins to record. */
  Profile(long pid) throws IOException, InterruptedException {
    recording = new Recording(pid, Map.of(SAMPLE, SETTINGS));
  }

  /** Ends the recording: shares of the samples by part. */
  Map<String, Double> shares() throws IOException, InterruptedException {
    Map<String, Double> counts = new LinkedHashMap<>();
    recording.stop(event -> counts.merge(part(event), 1.0, Double::sum));
    double samples = counts.values().stream().mapToDouble(Double::doubleValue).sum();
    counts.replaceAll((_, count) -> count / samples);
    return counts;
  }

  private static String part(RecordedEvent event) {
    if (event.getStackTrace() == null) {
      return "no stack";
    }
    for (RecordedFrame frame : event.getStackTrace().getFrames()) {
      String type = frame.getMethod().getType().getName();
      for (Map.Entry<String, String> part : PARTS.entrySet()) {
        if (type.startsWith(part.getKey())) {
          return part.getValue();
        }
      }
    }
    return "JDK";
  }

  @Override
  public void close() throws IOException {
    recording.close();
  }
}
