package io.penstock.bench.embeddings;

import io.penstock.engine.client.EmbedRequest;
import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.core.EmbeddingInfo;
import io.penstock.engine.core.EmbeddingParams;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.TenantTerms;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Embeds by an engine and waits. */
final class Embedder {
  private static final int PATIENCE_SECONDS = 300;
  private final InferenceEngine engine;
  private int requests;

  Embedder(InferenceEngine engine) {
    this.engine = engine;
  }

  /**
   * Vectors of the inputs, as the model makes them.
   *
   * @throws IllegalStateException when one fails, or takes too long
   */
  List<float[]> embed(List<int[]> inputs) throws InterruptedException {
    EmbeddingInfo info = engine.model().embedding();
    if (info == null) {
      throw new IllegalStateException("the model does not embed");
    }
    float[][] vectors = new float[inputs.size()][];
    String[] failure = new String[1];
    CountDownLatch open = new CountDownLatch(inputs.size());
    engine.embed(
        new EmbedRequest(
            "bench-" + requests++,
            "bench",
            ServiceTier.DEFAULT,
            0,
            inputs,
            new EmbeddingParams(info.pooling(), info.dimensions(), info.normalize()),
            TenantTerms.DEFAULT,
            null),
        event -> {
          switch (event) {
            case GenerateEvent.Embedded e -> vectors[e.input()] = e.vector();
            case GenerateEvent.Finished e -> failure[0] = e.error();
            case GenerateEvent.Rejected e -> {
              failure[0] = e.message();
              for (int i = 0; i < inputs.size(); i++) {
                open.countDown();
              }
            }
            case GenerateEvent.Token _, GenerateEvent.Prompt _ ->
                failure[0] = "a token was generated";
          }
          open.countDown();
        });
    if (!open.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("no embedding within " + PATIENCE_SECONDS + " s");
    }
    if (failure[0] != null) {
      throw new IllegalStateException(failure[0]);
    }
    return Arrays.asList(vectors);
  }
}
