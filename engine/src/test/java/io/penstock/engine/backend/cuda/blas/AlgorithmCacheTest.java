package io.penstock.engine.backend.cuda.blas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AlgorithmCacheTest {
  private static final AlgorithmCache.Identity H100 =
      new AlgorithmCache.Identity("NVIDIA H100 80GB HBM3", "9.0", 130_100);
  private static final GemmShape SHAPE = new GemmShape(4096, 1024, 16, GemmType.BF16, false);

  @TempDir private Path folder;

  @Test
  void aStoredChoiceIsFoundByTheNextProcess() {
    AlgorithmCache cache = AlgorithmCache.open(folder.resolve("new/penstock"), H100);
    cache.put(SHAPE, algorithm(1));
    cache.save();

    AlgorithmCache next = AlgorithmCache.open(folder.resolve("new/penstock"), H100);

    assertThat(next.find(SHAPE)).contains(algorithm(1));
    assertThat(next.find(SHAPE.withTokens(17))).isEmpty();
    assertThat(next.find(new GemmShape(4096, 1024, 16, GemmType.BF16, true))).isEmpty();
    assertThat(next.find(new GemmShape(4096, 1024, 16, GemmType.F16, false))).isEmpty();
    assertThat(next.size()).isEqualTo(1);
  }

  @Test
  void gpusAndVersionsHaveFilesOfTheirOwn() {
    AlgorithmCache cache = AlgorithmCache.open(folder, H100);
    cache.put(SHAPE, algorithm(1));
    cache.save();

    var newer = new AlgorithmCache.Identity(H100.gpu(), H100.capability(), 130_200);
    var other = new AlgorithmCache.Identity("NVIDIA A100-SXM4-80GB", "8.0", 130_100);

    assertThat(H100.fileName()).isEqualTo("cublaslt-130100-nvidia-h100-80gb-hbm3.txt");
    assertThat(AlgorithmCache.open(folder, newer).size()).isZero();
    assertThat(AlgorithmCache.open(folder, other).size()).isZero();
    assertThat(AlgorithmCache.open(folder, H100).size()).isEqualTo(1);
  }

  @Test
  void aDamagedFileIsIgnoredAndReplaced() throws IOException {
    List<String> good = H100.header();
    List<List<String>> damaged =
        List.of(
            List.of(),
            List.of("{\"json\": true}"),
            good.subList(0, 2),
            Stream.concat(good.stream(), Stream.of("BF16.4096x1024.n16=abc")).toList(),
            Stream.concat(good.stream(), Stream.of("BF16.4096x1024.n16=" + "0".repeat(126)))
                .toList(),
            Stream.concat(good.stream(), Stream.of("no sign of anything")).toList());
    for (List<String> lines : damaged) {
      Files.write(folder.resolve(H100.fileName()), lines);

      AlgorithmCache cache = AlgorithmCache.open(folder, H100);
      assertThat(cache.size()).as("%s", lines).isZero();
      cache.put(SHAPE, algorithm(2));
      cache.save();

      assertThat(AlgorithmCache.open(folder, H100).find(SHAPE)).contains(algorithm(2));
    }
  }

  @Test
  void bytesThatAreNoTextAreIgnored() throws IOException {
    Files.write(folder.resolve(H100.fileName()), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});

    assertThat(AlgorithmCache.open(folder, H100).size()).isZero();
  }

  @Test
  void whatAnotherEngineStoredMeanwhileIsKept() {
    AlgorithmCache first = AlgorithmCache.open(folder, H100);
    AlgorithmCache second = AlgorithmCache.open(folder, H100);
    first.put(SHAPE, algorithm(1));
    first.save();
    second.put(SHAPE.withTokens(32), algorithm(2));
    second.save();

    AlgorithmCache both = AlgorithmCache.open(folder, H100);
    assertThat(both.find(SHAPE)).contains(algorithm(1));
    assertThat(both.find(SHAPE.withTokens(32))).contains(algorithm(2));
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).hasSize(1); // nothing unfinished is left behind
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aFolderThatCannotBeMadeIsNoFailure() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "in the way");
    AlgorithmCache cache = AlgorithmCache.open(file.resolve("below"), H100);
    cache.put(SHAPE, algorithm(1));

    cache.save();

    assertThat(cache.find(SHAPE)).contains(algorithm(1));
    assertThat(file).hasContent("in the way");
  }

  @Test
  void anAlgorithmIsItsBytes() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(LtConstants.RESULT_BYTES, 8);
      algorithm(5).write(memory);

      assertThat(Algorithm.read(memory, 0)).isEqualTo(algorithm(5)).hasSameHashCodeAs(algorithm(5));
      assertThat(memory.get(ValueLayout.JAVA_BYTE, 63)).isEqualTo((byte) 68);
      assertThat(algorithm(5).toString()).hasSize(128).startsWith("0506");
      assertThat(Algorithm.parse(algorithm(5).toString())).isEqualTo(algorithm(5));
    }
    assertThatThrownBy(() -> Algorithm.parse("00")).isInstanceOf(IllegalArgumentException.class);
  }

  private static Algorithm algorithm(int seed) {
    StringBuilder hex = new StringBuilder();
    for (int i = 0; i < Algorithm.BYTES; i++) {
      hex.append("%02x".formatted(seed + i & 0xff));
    }
    return Algorithm.parse(hex.toString());
  }
}
