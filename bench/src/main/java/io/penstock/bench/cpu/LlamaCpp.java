package io.penstock.bench.cpu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * llama.cpp's own benchmarks on the same file with the same number of threads. {@code LLAMA_BENCH}
 * names the {@code llama-bench} binary, else PATH has it; {@code llama-batched-bench} stands beside
 * it.
 */
final class LlamaCpp {
  private final Path bench;
  private final Path batchedBench;

  private LlamaCpp(Path bench) {
    this.bench = bench;
    this.batchedBench = bench.resolveSibling("llama-batched-bench");
  }

  static Optional<LlamaCpp> find() {
    String named = System.getenv("LLAMA_BENCH");
    Stream<Path> candidates =
        named != null && !named.isBlank()
            ? Stream.of(Path.of(named))
            : Stream.of(System.getenv("PATH").split(":")).map(p -> Path.of(p, "llama-bench"));
    return candidates
        .filter(Files::isExecutable)
        .map(LlamaCpp::new)
        .filter(found -> Files.isExecutable(found.batchedBench))
        .findFirst();
  }

  /** Tokens per second of prefill, by prompt length. */
  Map<Integer, Double> prefill(Path model, int threads, int... lengths)
      throws IOException, InterruptedException {
    Map<Integer, Double> rates = new TreeMap<>();
    String output =
        run(
            bench,
            "-m",
            model,
            "-t",
            threads,
            "-p",
            joined(lengths),
            "-n",
            0,
            "-r",
            1,
            "-o",
            "json");
    for (JsonNode test : JsonMapper.shared().readTree(output)) {
      rates.put(test.get("n_prompt").asInt(), test.get("avg_ts").asDouble());
    }
    return rates;
  }

  /** Tokens per second of generation, all sequences together, by batch size. */
  Map<Integer, Double> decode(Path model, int threads, int tokens, int... batches)
      throws IOException, InterruptedException {
    Map<Integer, Double> rates = new TreeMap<>();
    String output =
        run(
            batchedBench,
            "-m",
            model,
            "-t",
            threads,
            "-npp",
            16,
            "-ntg",
            tokens,
            "-npl",
            joined(batches),
            "-c",
            8192,
            "--output-format",
            "jsonl");
    for (String line : output.split("\n")) {
      if (line.startsWith("{")) {
        JsonNode test = JsonMapper.shared().readTree(line);
        rates.put(test.get("pl").asInt(), test.get("speed_tg").asDouble());
      }
    }
    return rates;
  }

  private static String joined(int[] values) {
    return String.join(",", java.util.Arrays.stream(values).mapToObj(String::valueOf).toList());
  }

  private static String run(Path program, Object... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(program.toString());
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(program.getFileName() + " ended with " + process.exitValue());
    }
    return output;
  }
}
