package io.penstock.engine.backend.cuda.blas;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The algorithms that were measured, on disk: one text file for a kind of GPU and a version of
 * cuBLASLt, with a line for each shape. A file that cannot be read, or that belongs to something
 * else, counts as empty and is replaced at the next {@link #save()}; losing it costs a few seconds
 * of measuring at the next start. Files are replaced whole, so that readers never see half of one.
 */
final class AlgorithmCache {
  private static final Logger log = LoggerFactory.getLogger(AlgorithmCache.class);
  private static final String TITLE = "# cuBLASLt algorithms by measurement; safe to delete";

  /**
   * What the choices hold for.
   *
   * @param gpu name of the GPU
   * @param capability compute capability, such as 9.0
   * @param library version of cuBLASLt, such as 130100
   */
  record Identity(String gpu, String capability, long library) {
    String fileName() {
      String slug = gpu.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
      return "cublaslt-%d-%s.txt".formatted(library, slug);
    }

    List<String> header() {
      return List.of(TITLE, "gpu=" + gpu, "capability=" + capability, "cublaslt=" + library);
    }
  }

  private final Path file;
  private final Identity identity;
  private final Map<String, Algorithm> algorithms = new TreeMap<>();
  private boolean changed;

  private AlgorithmCache(Path file, Identity identity) {
    this.file = file;
    this.identity = identity;
  }

  /** Reads what an earlier process stored. */
  static AlgorithmCache open(Path folder, Identity identity) {
    AlgorithmCache cache = new AlgorithmCache(folder.resolve(identity.fileName()), identity);
    cache.algorithms.putAll(cache.read());
    return cache;
  }

  /**
   * The folder for what can be computed again.
   *
   * @param environment variables of the process
   * @param home the user's folder
   */
  static Path folder(Map<String, String> environment, Path home) {
    String own = environment.get("PENSTOCK_CACHE_DIR");
    if (own != null && !own.isBlank()) {
      return Path.of(own);
    }
    String shared = environment.get("XDG_CACHE_HOME");
    // The XDG base directory specification: a relative path is to be ignored.
    return shared != null && shared.startsWith("/")
        ? Path.of(shared, "penstock")
        : home.resolve(".cache").resolve("penstock");
  }

  Optional<Algorithm> find(GemmShape shape) {
    return Optional.ofNullable(algorithms.get(shape.key()));
  }

  void put(GemmShape shape, Algorithm algorithm) {
    changed |= !algorithm.equals(algorithms.put(shape.key(), algorithm));
  }

  /** Forgets a choice that the library refused. */
  void remove(GemmShape shape) {
    changed |= algorithms.remove(shape.key()) != null;
  }

  int size() {
    return algorithms.size();
  }

  /** Writes the file if there is something new; failing to is logged, not an error. */
  void save() {
    if (!changed) {
      return;
    }
    // Another engine may have written meanwhile: its choices are kept where there is none here.
    Map<String, Algorithm> all = new TreeMap<>(read());
    all.putAll(algorithms);
    List<String> lines = new ArrayList<>(identity.header());
    all.forEach((key, algorithm) -> lines.add(key + "=" + algorithm));
    try {
      Files.createDirectories(file.getParent());
      Path unfinished = Files.createTempFile(file.getParent(), "cublaslt-", ".new");
      try {
        Files.write(unfinished, lines);
        Files.move(
            unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(unfinished);
      }
      changed = false;
    } catch (IOException e) {
      log.warn("GEMM algorithms are not kept, {} cannot be written: {}", file, e.toString());
    }
  }

  private Map<String, Algorithm> read() {
    Map<String, Algorithm> found = new TreeMap<>();
    if (!Files.exists(file)) {
      return found;
    }
    try {
      List<String> lines = Files.readAllLines(file);
      List<String> header = identity.header();
      if (lines.size() < header.size() || !lines.subList(0, header.size()).equals(header)) {
        log.info("{} is not for {}: GEMM algorithms are measured anew", file, identity);
        return found;
      }
      for (String line : lines.subList(header.size(), lines.size())) {
        int equals = line.indexOf('=');
        if (equals < 1) {
          throw new IllegalArgumentException("line \"" + line + "\"");
        }
        found.put(line.substring(0, equals), Algorithm.parse(line.substring(equals + 1)));
      }
      return found;
    } catch (MalformedInputException | IllegalArgumentException e) {
      log.warn("{} is damaged, GEMM algorithms are measured anew: {}", file, e.getMessage());
    } catch (IOException e) {
      log.warn("{} cannot be read, GEMM algorithms are measured anew: {}", file, e.toString());
    }
    return new TreeMap<>();
  }
}
