package io.penstock.engine.boot;

import static io.penstock.engine.boot.CudaModelCheck.ints;
import static io.penstock.engine.boot.LoadedModel.argmax;

import io.penstock.engine.boot.EngineOptions.BackendChoice;
import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.core.ServiceTier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/**
 * The bundled model: where the best token leads by half a logit it must be the reference's, and in
 * 95 of 100 places it must be anyway.
 */
final class SmolLm2Checks {
  private static final String NAME = "SmolLM2";
  private static final double CERTAIN = 0.5;
  private static final double LEAST_AGREEMENT = 0.95;
  private static final int MAX_TOKENS = 64;

  private final CheckTable table;
  private final BackendChoice backend;
  private final Path model;
  private final List<JsonNode> cases;

  SmolLm2Checks(CheckTable table, BackendChoice backend, Path model, JsonNode reference) {
    this.table = table;
    this.backend = backend;
    this.model = model;
    this.cases = reference.get("cases").valueStream().toList();
  }

  /** Prompt and expected output fed together, in chunks of 512 and token by token. */
  void teacherForced() {
    try (PagedModel loaded =
        new PagedModel(CudaModelCheck.options(backend, model, 512, 512), 256, true)) {
      for (int chunk : new int[] {512, 1}) {
        int equal = 0;
        int all = 0;
        int certainDiffer = 0;
        for (JsonNode expected : cases) {
          int[] prompt = ints(expected.get("prompt_ids"));
          int[] generated = ints(expected.get("generated_ids"));
          List<float[]> logits = forced(loaded, prompt, generated, chunk);
          for (int i = 0; i < generated.length; i++) {
            boolean same = argmax(logits.get(i)) == generated[i];
            all++;
            equal += same ? 1 : 0;
            certainDiffer += !same && expected.get("margins").get(i).asDouble() >= CERTAIN ? 1 : 0;
          }
        }
        table.row(
            NAME,
            chunk == 1 ? "greedy tokens, decoded" : "greedy tokens, in one step",
            certainDiffer == 0 && equal >= LEAST_AGREEMENT * all,
            "%d of %d equal (%.2f %%), %d differ where the margin is %.1f",
            equal,
            all,
            100.0 * equal / all,
            certainDiffer,
            CERTAIN);
      }
    }
  }

  /** Long prompts are decoded only behind their last tokens, or the check would take minutes. */
  private static List<float[]> forced(PagedModel loaded, int[] prompt, int[] generated, int chunk) {
    int[] fed =
        IntStream.concat(Arrays.stream(prompt), Arrays.stream(generated, 0, generated.length - 1))
            .toArray();
    if (chunk > 1) {
      return loaded.logits(fed, prompt.length - 1, chunk);
    }
    PagedModel.Sequence sequence = loaded.sequence(prompt.length, fed.length);
    int first = prompt.length - 1;
    if (first > 0) {
      loaded.feed(sequence, Arrays.copyOf(fed, first), first, 512);
    }
    List<float[]> logits =
        loaded.feed(sequence, Arrays.copyOfRange(fed, first, fed.length), 0, chunk);
    loaded.free(sequence);
    return logits;
  }

  /** All prompts at once through the engine, whose steps overlap. */
  void served() {
    EngineOptions options = CudaModelCheck.options(backend, model, 0, 0);
    try (InferenceEngine engine = EngineFactory.load(options, LoadProgress.NONE)) {
      List<Answer> answers = cases.stream().map(_ -> new Answer()).toList();
      for (int i = 0; i < cases.size(); i++) {
        JsonNode expected = cases.get(i);
        engine.submit(
            new GenerateRequest(
                "case-" + i,
                "tenant",
                ServiceTier.DEFAULT,
                0,
                ints(expected.get("prompt_ids")),
                SamplingParams.greedy(MAX_TOKENS)),
            answers.get(i));
      }
      int failed = 0;
      int tokens = 0;
      int complete = 0;
      for (int i = 0; i < cases.size(); i++) {
        int certain = certainPrefix(cases.get(i));
        int[] expected = ints(cases.get(i).get("generated_ids"));
        List<Integer> actual = answers.get(i).await();
        int same = 0;
        while (same < Math.min(expected.length, actual.size())
            && actual.get(same) == expected[same]) {
          same++;
        }
        tokens += same;
        complete += same == expected.length ? 1 : 0;
        failed += same < Math.min(certain, withoutEnd(expected)) ? 1 : 0;
      }
      table.row(
          NAME,
          "greedy answers of the engine",
          failed == 0,
          "%d requests at once: %d answers equal to their end, %d tokens before the first"
              + " difference, %d differ before the first margin below %.1f",
          cases.size(),
          complete,
          tokens,
          failed,
          CERTAIN);
    }
  }

  /** Tokens before the first whose best two are too close to call. */
  private static int certainPrefix(JsonNode expected) {
    int certain = 0;
    while (certain < expected.get("margins").size()
        && expected.get("margins").get(certain).asDouble() >= CERTAIN) {
      certain++;
    }
    return certain;
  }

  /** The end token may not be among an engine's events. */
  private static int withoutEnd(int[] generated) {
    return generated[generated.length - 1] == 2 ? generated.length - 1 : generated.length;
  }

  private static final class Answer implements io.penstock.engine.client.GenerateListener {
    private final List<Integer> tokens = new ArrayList<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile String failure;

    @Override
    public void onEvent(GenerateEvent event) {
      switch (event) {
        case GenerateEvent.Token token -> tokens.add(token.token().id());
        case GenerateEvent.Rejected rejected -> {
          failure = rejected.message();
          ended.countDown();
        }
        case GenerateEvent.Finished finished -> {
          failure = finished.error();
          ended.countDown();
        }
        default -> {}
      }
    }

    List<Integer> await() {
      try {
        if (!ended.await(120, TimeUnit.SECONDS)) {
          throw new IllegalStateException("no answer within two minutes");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
      if (failure != null) {
        throw new IllegalStateException(failure);
      }
      return tokens;
    }
  }
}
