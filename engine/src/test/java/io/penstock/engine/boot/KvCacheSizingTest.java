package io.penstock.engine.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.backend.CacheRoom;
import io.penstock.engine.boot.EngineOptions.BackendChoice;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.core.ModelConfig.Architecture;
import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.RopeConfig;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class KvCacheSizingTest {
  private static final long GIB = 1L << 30;

  /** SmolLM2-135M: 46,080 bytes of float keys and values for each token. */
  private static ModelConfig model(int positions, RopeConfig.Scaling scaling) {
    return new ModelConfig(
        Architecture.LLAMA,
        49152,
        576,
        1536,
        30,
        9,
        3,
        64,
        positions,
        1e-5f,
        new RopeConfig(1e5, 64, true, scaling),
        0,
        false,
        true);
  }

  private static KvCacheSizing size(
      ModelConfig model, int maxModelLen, long cacheBytes, long available) {
    EngineOptions options =
        new EngineOptions(
            "m", Path.of("m"), BackendChoice.CPU, 0, maxModelLen, cacheBytes, 0, 0, 0, 256, 0, 0.9);
    return KvCacheSizing.ofHost(model, options, Float.BYTES, available);
  }

  private static KvCacheSizing sizeOnDevice(
      ModelConfig model, int maxModelLen, long cacheBytes, long left) {
    EngineOptions options =
        new EngineOptions(
            "m",
            Path.of("m"),
            BackendChoice.CUDA,
            0,
            maxModelLen,
            cacheBytes,
            0,
            0,
            0,
            256,
            0,
            0.9);
    return KvCacheSizing.ofDevice(model, options, 2, new CacheRoom(left, "1 of 2 GiB are taken"));
  }

  @Test
  void theDefaultHoldsOneFullContextOrThreeHundredEightyFourMebibytes() {
    ModelConfig small = model(8192, new RopeConfig.None());
    assertThat(size(small, 0, 0, 64 * GIB)).isEqualTo(new KvCacheSizing(546, 8192, false));
    ModelConfig large = model(32768, new RopeConfig.None());
    assertThat(size(large, 0, 0, 64 * GIB)).isEqualTo(new KvCacheSizing(2048, 32768, false));
    assertThat(size(large, 100, 0, 64 * GIB)).isEqualTo(new KvCacheSizing(546, 100, false));
  }

  @Test
  void theDefaultTakesAQuarterOfTheMemoryAtMostAndTheContextFollows() {
    ModelConfig large = model(32768, new RopeConfig.None());
    assertThat(size(large, 0, 0, GIB)).isEqualTo(new KvCacheSizing(364, 5824, true));
  }

  @Test
  void anExplicitSizeIsTaken() {
    ModelConfig model = model(8192, new RopeConfig.None());
    assertThat(size(model, 0, 10 * 16 * 46_080 + 5, 1)).isEqualTo(new KvCacheSizing(10, 160, true));
    assertThatThrownBy(() -> size(model, 0, 16 * 46_080 - 1, GIB))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("one block of 16 tokens, which takes 737280 bytes");
  }

  @Test
  void theContextIsTheCheckpointsAndNotStretchedAgain() {
    assertThat(size(model(256, new RopeConfig.Linear(2)), 0, 0, GIB).maxModelLen()).isEqualTo(256);
    assertThatThrownBy(() -> size(model(256, new RopeConfig.Linear(2)), 257, 0, GIB))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("made for 256 tokens");
  }

  @Test
  void onADeviceTheCacheTakesAllThatIsLeftButOneBlock() {
    ModelConfig model = model(8192, new RopeConfig.None());
    long blockBytes = 16 * 23_040;
    assertThat(sizeOnDevice(model, 0, 0, 1001 * blockBytes + 7))
        .isEqualTo(new KvCacheSizing(1000, 8192, false));
    assertThat(sizeOnDevice(model, 0, 0, 101 * blockBytes))
        .isEqualTo(new KvCacheSizing(100, 1600, true));
    assertThat(sizeOnDevice(model, 0, 7 * blockBytes, GIB))
        .isEqualTo(new KvCacheSizing(7, 112, true));
  }

  @Test
  void whatDoesNotFitOnADeviceIsRefusedWithTheReasonAndTheSetting() {
    ModelConfig model = model(8192, new RopeConfig.None());
    long blockBytes = 16 * 23_040;
    for (long left : new long[] {2 * blockBytes - 1, 0, -5 * GIB}) {
      assertThatThrownBy(() -> sizeOnDevice(model, 0, 0, left))
          .isInstanceOf(ModelLoadException.class)
          .hasMessageContaining("1 of 2 GiB are taken")
          .hasMessageContaining("gpu-memory-utilization");
    }
    assertThatThrownBy(() -> sizeOnDevice(model, 0, 10 * blockBytes, 10 * blockBytes))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("kv-cache-size");
  }
}
