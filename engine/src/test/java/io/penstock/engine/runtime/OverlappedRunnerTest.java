package io.penstock.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.KvCache;
import io.penstock.engine.backend.KvCacheSpec;
import io.penstock.engine.backend.SwapSpace;
import io.penstock.engine.backend.cpu.CpuBackend;
import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.client.ModelInfo;
import io.penstock.engine.core.FinishReason;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.core.OutputConstraint;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.grammar.GrammarCompiler;
import io.penstock.engine.grammar.mask.TokenVocabulary;
import io.penstock.engine.kv.BlockPool;
import io.penstock.engine.model.Transformer;
import io.penstock.engine.model.TransformerWeights;
import io.penstock.engine.sampling.SamplingState;
import io.penstock.engine.sched.ScheduledSequence;
import io.penstock.engine.sched.SchedulerConfig;
import io.penstock.engine.sched.SchedulerContext;
import io.penstock.engine.sched.StepPlan;
import io.penstock.engine.weights.Checkpoint;
import io.penstock.engine.weights.Checkpoints;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Steps that overlap on a device that samples give the tokens and log-probabilities that steps one
 * after the other give, bit for bit, whatever sampling depends on: counts of earlier tokens, the
 * number of them, random numbers.
 */
class OverlappedRunnerTest {
  private static final int BLOCK = 16;
  private static final int BLOCKS = 24;
  private static final int SLOTS = 40;
  private static final int MAX_TOKENS = 16; // of a step, so that prompts come in chunks
  static final int END_TOKEN = 7;

  @ParameterizedTest
  @ValueSource(strings = {"llama-gqa", "llama-dynamic"})
  void givesWhatStepsOneAfterTheOtherGive(String model) {
    List<GenerateRequest> requests = requests();
    List<List<Object>> expected = new ArrayList<>();
    run(model, false, requests, expected);
    List<List<Object>> overlapped = new ArrayList<>();
    int pendingInputs = run(model, true, requests, overlapped);
    assertThat(pendingInputs).isGreaterThan(100);
    assertThat(overlapped).isEqualTo(expected);
    assertThat(expected).hasSize(18); // twelve requests, half of them with two choices
    assertThat(expected).anyMatch(outcome -> outcome.contains(FinishReason.STOP));
    assertThat(expected).anyMatch(outcome -> outcome.contains(FinishReason.LENGTH));
  }

  /** Of these rows the mask is not known before the last token is. */
  @Test
  void grammarsAreAppliedToStepsInFlight() {
    List<GenerateRequest> requests = new ArrayList<>();
    for (GenerateRequest request : requests()) {
      boolean constrained = requests.size() % 3 != 2;
      requests.add(
          new GenerateRequest(
              request.id(),
              request.tenant(),
              request.tier(),
              request.priority(),
              request.promptTokens(),
              request.sampling(),
              request.terms(),
              null,
              constrained ? new OutputConstraint.Regex("(a[b-d]+ )*[ab]") : null));
    }
    List<List<Object>> expected = new ArrayList<>();
    run("llama-gqa", false, requests, expected);
    List<List<Object>> overlapped = new ArrayList<>();
    int pendingInputs = run("llama-gqa", true, requests, overlapped);
    assertThat(pendingInputs).isGreaterThan(50);
    assertThat(overlapped).isEqualTo(expected);
    assertThat(expected).hasSize(18);
    assertThat(expected).noneMatch(outcome -> outcome.contains(FinishReason.ERROR));
  }

  /** Tokens 100 to 103 are letters, 104 is a space; some stand for two of them. */
  private static GrammarCompiler grammars(int columns, Function<String, int[]> encode) {
    byte[][] text = new byte[columns][];
    String[] tokens = {"a", "b", "c", "d", " ", "ab", "bc", "b ", " a", "aba"};
    for (int i = 0; i < tokens.length; i++) {
      text[100 + i] = tokens[i].getBytes(StandardCharsets.US_ASCII);
    }
    return new GrammarCompiler(
        new TokenVocabulary(columns, text, Map.of(), Set.of(END_TOKEN), encode));
  }

  static List<GenerateRequest> requests() {
    List<GenerateRequest> requests = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      boolean penalties = i % 2 == 0;
      SamplingParams sampling =
          new SamplingParams(
              i % 3 == 0 ? 0 : 1.2,
              0.95,
              50,
              0.01,
              penalties ? 1.3 : 1,
              penalties ? 0.4 : 0,
              penalties ? 0.3 : 0,
              Map.of(END_TOKEN, 4f), // comes soon, unless suppressed
              (long) i,
              10 + 3 * i,
              i % 4 == 1 ? 9 : 0,
              List.of(),
              List.of(),
              i % 4 == 2,
              1 + i % 2,
              i % 4 < 2,
              3,
              true,
              false);
      int[] prompt = new Random(i).ints(5 + 4 * i, 0, 500).toArray();
      requests.add(
          new GenerateRequest("r" + i, "tenant", ServiceTier.DEFAULT, 0, prompt, sampling));
    }
    return requests;
  }

  /**
   * What it took.
   *
   * @param pendingInputs ids that were still on the device when they were computed
   */
  record Took(int pendingInputs, long steps) {}

  private static int run(
      String model, boolean overlapped, List<GenerateRequest> requests, List<List<Object>> into) {
    return run(model, overlapped, _ -> new int[0], requests, into).pendingInputs;
  }

  /**
   * @param encode of the vocabulary that grammars see
   * @param into outcomes of the choices: their tokens and how they ended
   */
  static Took run(
      String model,
      boolean overlapped,
      Function<String, int[]> encode,
      List<GenerateRequest> requests,
      List<List<Object>> into) {
    Backend cpu = CpuBackend.create(1);
    try (Checkpoint checkpoint = open(model)) {
      ModelConfig config = checkpoint.config();
      SamplingDevice device = new SamplingDevice(cpu, config.vocabSize());
      ModelStepRunner runner = runner(checkpoint, overlapped ? device.backend() : cpu);
      assertThat(runner.depth()).isEqualTo(overlapped ? 2 : 1);
      runner.warmUp(2, 3);
      long steps = generate(config, runner, encode, requests, into);
      return new Took(device.pendingInputs, steps);
    }
  }

  @Test
  void aProbeDropsWhatIsInFlight() {
    try (Checkpoint checkpoint = open("llama-gqa")) {
      SamplingDevice device =
          new SamplingDevice(CpuBackend.create(1), checkpoint.config().vocabSize());
      ModelStepRunner runner = runner(checkpoint, device.backend());
      SamplingState state =
          new SamplingState(SamplingParams.greedy(9), 0, 0, new int[] {5}, new int[0]);
      int pending = ScheduledSequence.pendingToken(0);
      runner.launch(plan(5, 0), List.of(state));
      runner.launch(plan(pending, 1), List.of(state));
      device.failNextAwait = new IllegalStateException("for the test");
      assertThatThrownBy(runner::await).hasMessage("for the test");
      device.failNextAwait = new IllegalStateException("the one behind it failed too");
      runner.probe();
      assertThat(device.awaited).isEqualTo(3); // two steps and the probe's
      runner.launch(plan(5, 0), List.of(state));
      runner.launch(plan(pending, 1), List.of(state));
      assertThat(runner.await()).hasSize(1);
      runner.close();
      assertThat(device.awaited).isEqualTo(5);
    }
  }

  private static StepPlan plan(int token, int position) {
    return new StepPlan(
        List.of(new ScheduledSequence(0, new int[] {token}, position, 1, new int[] {0}, true)));
  }

  private static Checkpoint open(String model) {
    return Checkpoints.open(Path.of("src/test/fixtures/tiny", model));
  }

  private static ModelStepRunner runner(Checkpoint checkpoint, Backend backend) {
    ModelConfig config = checkpoint.config();
    TransformerWeights weights = TransformerWeights.load(backend, checkpoint, _ -> {});
    Transformer transformer = new Transformer(config, weights, backend, MAX_TOKENS, 6);
    KvCache cache =
        backend.allocateKvCache(
            new KvCacheSpec(
                config.numLayers(), config.numKvHeads(), config.headDim(), BLOCK, BLOCKS + 1));
    SwapSpace swap = backend.allocateSwapSpace(cache, SLOTS);
    return ModelStepRunner.of(
        backend, transformer, cache, swap, config.vocabSize(), Optional.empty());
  }

  private static long generate(
      ModelConfig config,
      ModelStepRunner runner,
      Function<String, int[]> encode,
      List<GenerateRequest> requests,
      List<List<Object>> into) {
    try (Engine engine =
        Engine.start(
            new ModelInfo(
                "m", "M", "F32", 0, 0, 256, config.vocabSize(), "cpu", Instant.EPOCH, Map.of()),
            null,
            grammars(config.vocabSize(), encode),
            (_, _) -> new SilentText(),
            Set.of(END_TOKEN),
            new SchedulerConfig(6, MAX_TOKENS, 64, 256),
            new BlockPool(BLOCKS, BLOCK),
            SchedulerContext.NONE,
            1,
            new Swap(SLOTS, 1, 1e-12),
            runner,
            DeviceWatch.NONE)) {
      List<Recorder> recorders = new ArrayList<>();
      for (GenerateRequest request : requests) {
        Recorder recorder = new Recorder(request.sampling().n());
        recorders.add(recorder);
        engine.submit(request, recorder);
      }
      for (Recorder recorder : recorders) {
        recorder.await();
        for (int choice = 0; choice < 2; choice++) {
          addOutcome(recorder, choice, into);
        }
      }
      return engine.metrics().steps();
    }
  }

  private static void addOutcome(Recorder recorder, int choice, List<List<Object>> into) {
    List<Object> outcome = new ArrayList<>();
    for (GenerateEvent event : recorder.events()) {
      if (event instanceof GenerateEvent.Token t && t.choice() == choice) {
        outcome.add(t.token());
      } else if (event instanceof GenerateEvent.Finished f && f.choice() == choice) {
        outcome.add(f.reason());
        outcome.add(f.error());
        into.add(outcome);
      }
    }
  }
}
