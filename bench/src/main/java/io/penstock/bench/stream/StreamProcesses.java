package io.penstock.bench.stream;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Several {@link StreamLoad} processes that begin together. */
public final class StreamProcesses {
  private static final String CONNECTED = "connected";

  private StreamProcesses() {}

  /** Runs the load and waits for its end. */
  public static StreamRecord run(StreamSettings settings, int processes)
      throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("penstock-streams");
    List<Process> running = new ArrayList<>();
    List<Path> files = new ArrayList<>();
    try {
      for (int i = 0; i < processes; i++) {
        int streams = settings.streams() / processes + (i < settings.streams() % processes ? 1 : 0);
        Path file = directory.resolve("record-" + i);
        files.add(file);
        running.add(start(settings.part(streams, settings.seed() + i, file.toString())));
      }
      for (Process process : running) {
        awaitConnected(process);
      }
      for (Process process : running) {
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
      }
      List<StreamRecord> records = new ArrayList<>();
      for (int i = 0; i < processes; i++) {
        if (running.get(i).waitFor() != 0) {
          throw new IOException("a load process ended with " + running.get(i).exitValue());
        }
        records.add(StreamRecord.read(files.get(i)));
      }
      return StreamRecord.sum(records);
    } finally {
      running.forEach(Process::destroy);
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
      Files.delete(directory);
    }
  }

  private static Process start(StreamSettings settings) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-Xmx1g", "-Xmn256m"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(StreamLoad.class.getName());
    command.addAll(settings.arguments());
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static void awaitConnected(Process process) throws IOException {
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = out.readLine();
    if (!CONNECTED.equals(line)) {
      throw new IOException("a load process did not connect: " + line);
    }
  }
}
