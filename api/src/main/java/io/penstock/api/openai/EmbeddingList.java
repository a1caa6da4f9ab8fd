package io.penstock.api.openai;

import io.penstock.api.gateway.Embedding;
import io.swagger.v3.oas.annotations.media.Schema;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** The answer to {@code POST /v1/embeddings}, in OpenAI's shape. */
record EmbeddingList(String object, List<Item> data, String model, EmbeddingUsage usage) {

  /**
   * @param embedding an array of numbers, or base64 of little-endian float32
   */
  record Item(
      String object,
      int index,
      @Schema(
              description = "an array of numbers, or base64 of little-endian float32",
              oneOf = {double[].class, String.class})
          Object embedding) {}

  record EmbeddingUsage(int promptTokens, int totalTokens) {}

  static EmbeddingList of(String model, Embedding.Result result, boolean base64) {
    List<Item> data = new ArrayList<>(result.vectors().size());
    for (float[] vector : result.vectors()) {
      data.add(new Item("embedding", data.size(), base64 ? base64(vector) : vector));
    }
    int tokens = result.outcome().promptTokens();
    return new EmbeddingList("list", data, model, new EmbeddingUsage(tokens, tokens));
  }

  private static String base64(float[] vector) {
    ByteBuffer bytes =
        ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vector);
    return Base64.getEncoder().encodeToString(bytes.array());
  }
}
