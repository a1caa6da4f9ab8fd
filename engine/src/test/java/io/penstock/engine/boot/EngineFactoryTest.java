package io.penstock.engine.boot;

import static io.penstock.engine.boot.LoadedModel.FIXTURES;
import static io.penstock.engine.boot.LoadedModel.SMOLLM2;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.penstock.engine.boot.EngineOptions.BackendChoice;
import io.penstock.engine.boot.SchedulingOptions.Policy;
import io.penstock.engine.client.EngineState;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.client.LatencyTargets;
import io.penstock.engine.core.FinishReason;
import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.TenantBudget;
import io.penstock.engine.runtime.Recorder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class EngineFactoryTest {
  private static final Path TINY = FIXTURES.resolve("tiny/llama-gqa");

  private static EngineOptions options(BackendChoice backend, int maxModelLen, long kvCacheBytes) {
    return new EngineOptions(
        "tiny", TINY, backend, 2, maxModelLen, kvCacheBytes, 0, 4, 64, 8, 0, 0.9);
  }

  @Test
  void servesTheBundledModel() {
    JsonNode chat =
        TinyModelsGoldenTest.json(FIXTURES.resolve("smollm2/smollm2-reference.json"))
            .get("cases")
            .get(0);
    List<String> stages = new ArrayList<>();
    AtomicLong weightBytes = new AtomicLong();
    LoadProgress progress =
        (stage, done, total) -> {
          if (stages.isEmpty() || !stages.getLast().equals(stage)) {
            stages.add(stage);
          }
          if (stage.equals("weights")) {
            assertThat(done).isBetween(weightBytes.get(), total);
            weightBytes.set(done);
          }
        };
    try (InferenceEngine engine =
        EngineFactory.load(EngineOptions.of("smollm2", SMOLLM2), progress)) {
      assertThat(stages).containsExactly("weights", "warm-up");
      assertThat(engine.state()).isEqualTo(EngineState.READY);
      assertThat(engine.model().architecture()).isEqualTo("LlamaForCausalLM");
      assertThat(engine.model().dtype()).isEqualTo("Q4_1");
      assertThat(engine.model().parameters()).isEqualTo(134_515_008);
      assertThat(engine.model().weightBytes()).isEqualTo(weightBytes.get());
      assertThat(engine.model().maxModelLen()).isEqualTo(8192);

      String rendered =
          engine.text().renderChat(messages(chat.get("messages")), null, true, Map.of());
      assertThat(rendered).isEqualTo(chat.get("prompt").asString());
      int[] prompt = engine.text().encode(rendered, false, true);
      assertThat(prompt).isEqualTo(TinyModelsGoldenTest.ints(chat.get("prompt_ids")));
      Recorder recorder = new Recorder(1);
      engine.submit(
          new GenerateRequest(
              "chat", "tenant", ServiceTier.DEFAULT, 0, prompt, SamplingParams.greedy(64)),
          recorder);
      recorder.await();
      assertThat(recorder.finished(0).reason()).isEqualTo(FinishReason.STOP);
      assertThat(recorder.tokens(0))
          .isEqualTo(chat.get("generated_ids").valueStream().map(JsonNode::asInt).toList());
      assertThat(recorder.text(0)).isEqualTo(chat.get("generated_text").asString());
    }
  }

  private static List<Map<String, Object>> messages(JsonNode messages) {
    List<Map<String, Object>> list = new ArrayList<>();
    for (JsonNode message : messages) {
      list.add(
          Map.of(
              "role", message.get("role").asString(),
              "content", message.get("content").asString()));
    }
    return list;
  }

  @Test
  void refusesCudaAndSaysWhatToDo() {
    assertThatThrownBy(
            () -> EngineFactory.load(options(BackendChoice.CUDA, 0, 0), LoadProgress.NONE))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("PENSTOCK_BACKEND=cpu");
  }

  @Test
  void tellsWhatItsStepsArePlannedFor() {
    EngineOptions usual = options(BackendChoice.CPU, 0, 0);
    try (InferenceEngine engine = EngineFactory.load(usual, LoadProgress.NONE)) {
      for (ServiceTier tier : List.of(ServiceTier.PRIORITY, ServiceTier.DEFAULT)) {
        assertThat(engine.targets(tier).firstTokenNanos())
            .isCloseTo(SchedulingOptions.CPU_FIRST_TOKEN.toNanos(), within(10L));
        assertThat(engine.targets(tier).interTokenNanos()).isZero();
      }
      assertThat(engine.targets(ServiceTier.BATCH)).isEqualTo(LatencyTargets.NONE);
    }
    EngineOptions byArrival = scheduled(usual, SchedulingOptions.DEFAULT.with(Policy.FCFS));
    try (InferenceEngine engine = EngineFactory.load(byArrival, LoadProgress.NONE)) {
      assertThat(engine.targets(ServiceTier.PRIORITY)).isEqualTo(LatencyTargets.NONE);
    }
    SchedulingOptions.Tier tier =
        new SchedulingOptions.Tier(0.1, Duration.ofMillis(40), Duration.ofMillis(300), 0, 0);
    EngineOptions asked =
        scheduled(
            usual, new SchedulingOptions(Policy.FAIR, Collections.nCopies(4, tier), 0, false));
    try (InferenceEngine engine = EngineFactory.load(asked, LoadProgress.NONE)) {
      assertThat(engine.targets(ServiceTier.FLEX).firstTokenNanos())
          .isCloseTo(300_000_000, within(10L));
      assertThat(engine.targets(ServiceTier.FLEX).interTokenNanos()).isEqualTo(40_000_000);
    }
  }

  private static EngineOptions scheduled(EngineOptions usual, SchedulingOptions scheduling) {
    return new EngineOptions(
        usual.modelId(),
        usual.location(),
        usual.backend(),
        usual.threads(),
        usual.maxModelLen(),
        usual.kvCacheBytes(),
        usual.swapBytes(),
        usual.maxNumSeqs(),
        usual.maxNumBatchedTokens(),
        usual.maxQueuedRequests(),
        usual.device(),
        usual.gpuMemoryUtilization(),
        scheduling,
        TenantBudget.UNLIMITED);
  }

  @Test
  void refusesAContextBeyondTheModels() {
    assertThatThrownBy(
            () -> EngineFactory.load(options(BackendChoice.CPU, 1 << 20, 0), LoadProgress.NONE))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("max-model-len is 1048576");
  }

  @Test
  void refusesBoundsThatContradictEachOther() {
    EngineOptions options =
        new EngineOptions("tiny", TINY, BackendChoice.CPU, 1, 0, 0, 0, 64, 32, 8, 0, 0.9);
    assertThatThrownBy(() -> EngineFactory.load(options, LoadProgress.NONE))
        .isInstanceOf(ModelLoadException.class)
        .hasMessage("max-num-batched-tokens (32) must be at least max-num-seqs (64)");
  }

  @Test
  void aSmallCacheShortensTheContext() {
    long blockBytes = 40L << 10;
    try (InferenceEngine engine =
        EngineFactory.load(options(BackendChoice.AUTO, 0, 2 * blockBytes), LoadProgress.NONE)) {
      assertThat(engine.model().maxModelLen()).isLessThan(256).isPositive();
      assertThat(engine.metrics().kvBlocksTotal() * 16).isEqualTo(engine.model().maxModelLen());
    }
    assertThatThrownBy(
            () -> EngineFactory.load(options(BackendChoice.AUTO, 0, 1), LoadProgress.NONE))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("does not hold one block of 16 tokens");
  }
}
