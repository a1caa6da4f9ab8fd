package io.penstock.bench.ledger;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;

/**
 * Where a server's Java threads spend their processor time: samples of their stacks (JEP 509), each
 * counted for the innermost frame that is not the JDK's own.
 */
final class Profile implements AutoCloseable {
  private static final String SETTINGS =
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <configuration version="2.0">
        <event name="jdk.CPUTimeSample">
          <setting name="enabled">true</setting>
          <setting name="throttle">10ms</setting>
          <setting name="stackTrace">true</setting>
        </event>
      </configuration>
      """;

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

  private final long pid;
  private final Path settings;
  private final Path recording;

  /** Begins to record. */
  Profile(long pid) throws IOException, InterruptedException {
    this.pid = pid;
    settings = Files.createTempFile("penstock", ".jfc");
    recording = Files.createTempFile("penstock", ".jfr");
    Files.writeString(settings, SETTINGS);
    command("JFR.start", "name=penstock", "settings=" + settings);
  }

  private void command(String... arguments) throws IOException, InterruptedException {
    List<String> command = new java.util.ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
    command.add(Long.toString(pid));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IOException("jcmd " + String.join(" ", arguments) + ": " + output);
    }
  }

  /** Ends the recording: shares of the samples by part, and how many samples there were. */
  Map<String, Double> shares() throws IOException, InterruptedException {
    command("JFR.stop", "name=penstock", "filename=" + recording);
    Map<String, Double> counts = new LinkedHashMap<>();
    double all = 0;
    try (RecordingFile file = new RecordingFile(recording)) {
      while (file.hasMoreEvents()) {
        RecordedEvent event = file.readEvent();
        if (event.getEventType().getName().equals("jdk.CPUTimeSample")) {
          counts.merge(part(event), 1.0, Double::sum);
          all++;
        }
      }
    }
    double samples = all;
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
    Files.deleteIfExists(settings);
    Files.deleteIfExists(recording);
  }
}
