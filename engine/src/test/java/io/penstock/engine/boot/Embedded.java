package io.penstock.engine.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.client.EmbedRequest;
import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.core.EmbeddingParams;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.TenantTerms;
import io.penstock.engine.runtime.Recorder;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** What an engine makes of a request to embed. */
final class Embedded {
  private static final AtomicInteger REQUESTS = new AtomicInteger();

  private Embedded() {}

  static Recorder submit(InferenceEngine engine, EmbeddingParams params, List<int[]> inputs) {
    Recorder recorder = new Recorder(inputs.size());
    engine.embed(
        new EmbedRequest(
            "embed-" + REQUESTS.incrementAndGet(),
            "tenant",
            ServiceTier.DEFAULT,
            0,
            inputs,
            params,
            TenantTerms.DEFAULT,
            null),
        recorder);
    return recorder;
  }

  static float[][] of(InferenceEngine engine, EmbeddingParams params, List<int[]> inputs) {
    return vectors(submit(engine, params, inputs), inputs);
  }

  static float[][] vectors(Recorder recorder, List<int[]> inputs) {
    float[][] vectors = new float[inputs.size()][];
    for (GenerateEvent event : recorder.await().events()) {
      assertThat(event).isInstanceOf(GenerateEvent.Embedded.class);
      GenerateEvent.Embedded embedded = (GenerateEvent.Embedded) event;
      assertThat(embedded.stats().promptTokens()).isEqualTo(inputs.get(embedded.input()).length);
      assertThat(embedded.stats().completionTokens()).isZero();
      vectors[embedded.input()] = embedded.vector();
    }
    return vectors;
  }
}
