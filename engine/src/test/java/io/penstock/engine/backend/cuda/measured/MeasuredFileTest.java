package io.penstock.engine.backend.cuda.measured;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeasuredFileTest {
  private static final List<String> HEADER = List.of("# title", "gpu=A");

  @TempDir private Path folder;

  @Test
  void resultsOfAnotherHeaderAreNotUsedAndReplaced() throws IOException {
    MeasuredFile<Integer> first = open(HEADER);
    first.put("x", 1);
    first.save();

    MeasuredFile<Integer> other = open(List.of("# title", "gpu=B"));
    assertThat(other.find("x")).isEmpty();
    other.put("y", 2);
    other.save();

    assertThat(Files.readAllLines(file())).containsExactly("# title", "gpu=B", "y=2");
  }

  @Test
  void aLineThatIsNoResultMakesAllOfItUnknown() throws IOException {
    Files.write(file(), List.of("# title", "gpu=A", "x=1", "y=one"));

    assertThat(open(HEADER).size()).isZero();
  }

  @Test
  void whatWasRemovedIsMeasuredAgain() {
    MeasuredFile<Integer> results = open(HEADER);
    results.put("x", 1);
    results.remove("x");

    assertThat(results.find("x")).isEmpty();
  }

  @Test
  void theFolderFollowsTheEnvironment() {
    Path home = Path.of("/home/u");
    Map<String, String> environment = new HashMap<>();
    assertThat(MeasuredFile.folder(environment, home)).hasToString("/home/u/.cache/penstock");
    environment.put("XDG_CACHE_HOME", "relative");
    assertThat(MeasuredFile.folder(environment, home)).hasToString("/home/u/.cache/penstock");
    environment.put("XDG_CACHE_HOME", "/var/cache/u");
    assertThat(MeasuredFile.folder(environment, home)).hasToString("/var/cache/u/penstock");
    environment.put("PENSTOCK_CACHE_DIR", "/data/cache");
    assertThat(MeasuredFile.folder(environment, home)).hasToString("/data/cache");
  }

  private Path file() {
    return folder.resolve("results.txt");
  }

  private MeasuredFile<Integer> open(List<String> header) {
    return MeasuredFile.open(file(), header, Integer::valueOf);
  }
}
