package io.penstock.bench.ledger.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A {@link LoadProgram} that runs: it is ready when this is made, sends from {@link #begin} on. */
public final class LoadProcess implements AutoCloseable {
  static final String READY = "ready";

  private final Path file;
  private final Process process;
  private Duration processorTime = Duration.ZERO;

  /**
   * @throws IOException when it cannot connect
   */
  public LoadProcess(LoadSettings settings) throws IOException {
    file = Files.createTempFile("penstock-load", ".tsv");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-Xmx1g", "-Xmn128m", "-XX:TieredStopAtLevel=4"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(LoadProgram.class.getName());
    command.add(settings.into(file.toString()).argument());
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = out.readLine();
    if (!READY.equals(line)) {
      close();
      throw new IOException("the load process did not connect: " + line);
    }
  }

  /** Runs it and waits for its end. */
  public static List<Sent> run(LoadSettings settings) throws IOException, InterruptedException {
    try (LoadProcess load = new LoadProcess(settings)) {
      load.begin();
      return load.await();
    }
  }

  public void begin() throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
  }

  /** Processor time that it has used so far, or had when it ended. */
  public Duration processorTime() {
    processorTime = process.info().totalCpuDuration().orElse(processorTime);
    return processorTime;
  }

  /** What became of its requests, in the order of their ends. */
  public List<Sent> await() throws IOException, InterruptedException {
    while (!process.waitFor(50, java.util.concurrent.TimeUnit.MILLISECONDS)) {
      processorTime();
    }
    if (process.exitValue() != 0) {
      throw new IOException("the load process ended with " + process.exitValue());
    }
    return Files.readAllLines(file).stream().map(Sent::parse).toList();
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    Files.deleteIfExists(file);
  }
}
