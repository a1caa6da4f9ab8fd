package io.penstock.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.penstock.engine.core.DType;
import io.penstock.engine.core.Dequantizer;
import io.penstock.engine.core.TensorView;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Every supported type, bit for bit, through the whole path from the file. */
class DequantizationGoldenTest {
  private static final JsonNode TYPES =
      Fixtures.json(Fixtures.GGUF.resolve("reference.json")).get("types");
  private static final Map<String, String> CANONICAL =
      Map.of(
          "blk.0.attn_q.weight", "model.layers.0.self_attn.q_proj.weight",
          "blk.1.ffn_down.weight", "model.layers.1.mlp.down_proj.weight");

  @ParameterizedTest
  @EnumSource(DType.class)
  void agreesWithTheReference(DType type) throws Exception {
    JsonNode expected = TYPES.get(type.name());
    try (Checkpoint checkpoint = Checkpoints.open(Fixtures.GGUF.resolve(type + ".gguf"))) {
      for (var entry : CANONICAL.entrySet()) {
        check(
            checkpoint.tensor(entry.getValue()), type, expected.get("tensors").get(entry.getKey()));
      }
    }
  }

  private static void check(TensorView tensor, DType type, JsonNode expected) throws Exception {
    assertThat(tensor.dtype()).isEqualTo(type);
    assertThat(tensor.rows()).isEqualTo(expected.get("shape").get(0).asInt());
    assertThat(tensor.columns()).isEqualTo(expected.get("shape").get(1).asInt());
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    ByteBuffer bytes = ByteBuffer.allocate(tensor.columns() * 4).order(ByteOrder.LITTLE_ENDIAN);
    double sum = 0;
    for (int r = 0; r < tensor.rows(); r++) {
      float[] row = Dequantizer.row(tensor, r);
      for (float value : row) {
        sum += value;
      }
      bytes.asFloatBuffer().put(row);
      sha.update(bytes.array());
      if (r == 0) {
        for (int i = 0; i < 8; i++) {
          assertThat(row[i])
              .isCloseTo((float) expected.get("first8").get(i).asDouble(), within(1e-6f));
        }
      }
    }
    assertThat(sum).isCloseTo(expected.get("sum").asDouble(), within(1e-4));
    assertThat(HexFormat.of().formatHex(sha.digest())).isEqualTo(expected.get("sha256").asString());
  }
}
