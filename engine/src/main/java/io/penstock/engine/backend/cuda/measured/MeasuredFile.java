package io.penstock.engine.backend.cuda.measured;

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
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Results of measurements, one line each, in a text file below a header that says what they hold
 * for. A file that cannot be read, or that belongs to something else, counts as empty and is
 * replaced at the next {@link #save()}; losing it costs a few seconds of measuring at the next
 * start. Files are replaced whole, so that readers never see half of one.
 *
 * @param <V> a result; its text in the file is {@link Object#toString}
 */
public final class MeasuredFile<V> {
  private static final Logger log = LoggerFactory.getLogger(MeasuredFile.class);

  private final Path file;
  private final List<String> header;
  private final Function<String, V> parse;
  private final Map<String, V> results = new TreeMap<>();
  private boolean changed;

  private MeasuredFile(Path file, List<String> header, Function<String, V> parse) {
    this.file = file;
    this.header = List.copyOf(header);
    this.parse = parse;
  }

  /**
   * Reads what an earlier process stored.
   *
   * @param header first lines, the same for what may be used together
   * @param parse the inverse of a result's {@code toString}; throws {@link
   *     IllegalArgumentException} for what is none
   */
  public static <V> MeasuredFile<V> open(
      Path file, List<String> header, Function<String, V> parse) {
    MeasuredFile<V> opened = new MeasuredFile<>(file, header, parse);
    opened.results.putAll(opened.read());
    return opened;
  }

  /** The folder of this process's user for what can be computed again. */
  public static Path folder() {
    return folder(System.getenv(), Path.of(System.getProperty("user.home")));
  }

  /**
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

  /** A name as a part of a file's name. */
  public static String slug(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
  }

  public Optional<V> find(String key) {
    return Optional.ofNullable(results.get(key));
  }

  /**
   * @param key without an equals sign
   */
  public void put(String key, V result) {
    changed |= !result.equals(results.put(key, result));
  }

  /** Forgets a result that turned out to be of no use. */
  public void remove(String key) {
    changed |= results.remove(key) != null;
  }

  public int size() {
    return results.size();
  }

  /** Writes the file if there is something new; failing to is logged, not an error. */
  public void save() {
    if (!changed) {
      return;
    }
    // Another engine may have written meanwhile: its results are kept where there is none here.
    Map<String, V> all = new TreeMap<>(read());
    all.putAll(results);
    List<String> lines = new ArrayList<>(header);
    all.forEach((key, result) -> lines.add(key + "=" + result));
    try {
      Files.createDirectories(file.getParent());
      Path unfinished = Files.createTempFile(file.getParent(), "measured-", ".new");
      try {
        Files.write(unfinished, lines);
        Files.move(
            unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(unfinished);
      }
      changed = false;
    } catch (IOException e) {
      log.warn("measurements are not kept, {} cannot be written: {}", file, e.toString());
    }
  }

  private Map<String, V> read() {
    Map<String, V> found = new TreeMap<>();
    if (!Files.exists(file)) {
      return found;
    }
    try {
      List<String> lines = Files.readAllLines(file);
      if (lines.size() < header.size() || !lines.subList(0, header.size()).equals(header)) {
        log.info("{} is not for {}: it is measured anew", file, header);
        return found;
      }
      for (String line : lines.subList(header.size(), lines.size())) {
        int equals = line.indexOf('=');
        if (equals < 1) {
          throw new IllegalArgumentException("line \"" + line + "\"");
        }
        found.put(line.substring(0, equals), parse.apply(line.substring(equals + 1)));
      }
      return found;
    } catch (MalformedInputException | IllegalArgumentException e) {
      log.warn("{} is damaged, it is measured anew: {}", file, e.getMessage());
    } catch (IOException e) {
      log.warn("{} cannot be read, it is measured anew: {}", file, e.toString());
    }
    return new TreeMap<>();
  }
}
