package io.penstock.bench.ledger;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/** A recording of another JVM's flight recorder. */
final class Recording implements AutoCloseable {
  private final long pid;
  private final Path settings;
  private final Path file;

  /**
   * Begins to record.
   *
   * @param events settings of each kind of event, by its name; no others are recorded
   */
  Recording(long pid, Map<String, Map<String, String>> events)
      throws IOException, InterruptedException {
    this.pid = pid;
    settings = Files.createTempFile("penstock", ".jfc");
    file = Files.createTempFile("penstock", ".jfr");
    StringBuilder xml =
        new StringBuilder("<?xml version='1.0' encoding='UTF-8'?><configuration version='2.0'>");
    events.forEach(
        (name, values) -> {
          xml.append("<event name='%s'>".formatted(name));
          values.forEach(
              (key, value) -> xml.append("<setting name='%s'>%s</setting>".formatted(key, value)));
          xml.append("</event>");
        });
    Files.writeString(settings, xml.append("</configuration>"));
    command("JFR.start", "name=penstock", "settings=" + settings);
  }

  private void command(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
    command.add(Long.toString(pid));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IOException("jcmd " + String.join(" ", arguments) + ": " + output);
    }
  }

  /** Ends the recording and shows what it has. */
  void stop(Consumer<RecordedEvent> reader) throws IOException, InterruptedException {
    command("JFR.stop", "name=penstock", "filename=" + file);
    try (RecordingFile events = new RecordingFile(file)) {
      while (events.hasMoreEvents()) {
        reader.accept(events.readEvent());
      }
    }
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(settings);
    Files.deleteIfExists(file);
  }
}
