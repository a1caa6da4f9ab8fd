package io.penstock.bench.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.penstock.engine.boot.EngineFactory;
import io.penstock.engine.boot.EngineOptions;
import io.penstock.engine.boot.LoadProgress;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.core.TensorView;
import io.penstock.engine.weights.Checkpoint;
import io.penstock.engine.weights.Checkpoints;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RandomModelTest {
  @TempDir Path directory;

  @Test
  void weightsLookNormalAndNoTwoRowsAreAlike() throws IOException {
    RandomModel.write(ModelShape.TINY, 1, directory);
    try (Checkpoint checkpoint = Checkpoints.open(directory)) {
      Set<List<Float>> rows = new HashSet<>();
      long count = 0;
      for (TensorView tensor : checkpoint.tensors()) {
        float[] values = values(tensor);
        if (tensor.rows() > 1) {
          for (int r = 0; r < tensor.rows(); r++) {
            rows.add(first(values, r * tensor.columns()));
            count++;
          }
        }
        if (tensor.name().endsWith("gate_proj.weight")) {
          assertThat(deviation(values)).isCloseTo(1 / Math.sqrt(64), within(0.01));
        }
        if (tensor.name().endsWith("norm.weight")) {
          assertThat(deviation(values)).isCloseTo(0.1, within(0.05));
          assertThat(mean(values)).isCloseTo(1, within(0.05));
        }
      }
      assertThat(rows).hasSize((int) count);
    }
  }

  @Test
  void theSameSeedGivesTheSameFilesAndAnotherDoesNot() throws IOException {
    Path file = Path.of("model-00002-of-00003.safetensors");
    byte[] one = Files.readAllBytes(write(1, "a").resolve(file));
    assertThat(Files.readAllBytes(write(1, "b").resolve(file))).isEqualTo(one);
    assertThat(Files.readAllBytes(write(2, "b").resolve(file))).isNotEqualTo(one);
  }

  private Path write(int seed, String name) throws IOException {
    return RandomModel.write(ModelShape.TINY, seed, directory.resolve(name));
  }

  @Test
  void itsTokenizerReadsAndWritesText() throws IOException {
    RandomModel.write(ModelShape.TINY, 1, directory);
    EngineOptions options = EngineOptions.of("tiny", directory);
    try (InferenceEngine engine = EngineFactory.load(options, LoadProgress.NONE)) {
      int[] ids = engine.text().encode("abc, Ünï!", false, false);
      assertThat(engine.text().decode(ids, true)).isEqualTo("abc, Ünï!");
      assertThat(ids).hasSizeLessThan("abc, Ünï!".length() + 2);
      assertThat(engine.text().decode(new int[] {ModelShape.TINY.vocab() - 3}, true))
          .matches("[a-z]{3}");
    }
  }

  @Test
  void theBigShapeIsLlama31() {
    long weights =
        ModelShape.LLAMA_8B.shards().stream()
            .flatMap(List::stream)
            .mapToLong(TensorPlan::elements)
            .sum();
    assertThat(weights).isEqualTo(8_030_261_248L);
  }

  private static float[] values(TensorView tensor) {
    MemorySegment data = tensor.data();
    float[] values = new float[(int) (data.byteSize() / Short.BYTES)];
    for (int i = 0; i < values.length; i++) {
      short bits = data.get(ValueLayout.JAVA_SHORT_UNALIGNED, (long) i * Short.BYTES);
      values[i] = Float.intBitsToFloat(bits << 16);
    }
    return values;
  }

  private static List<Float> first(float[] values, int from) {
    return List.of(values[from], values[from + 1], values[from + 2], values[from + 3]);
  }

  private static double mean(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static double deviation(float[] values) {
    double mean = mean(values);
    double sum = 0;
    for (float value : values) {
      sum += (value - mean) * (value - mean);
    }
    return Math.sqrt(sum / values.length);
  }
}
