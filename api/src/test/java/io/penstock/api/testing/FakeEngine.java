package io.penstock.api.testing;

import io.penstock.engine.client.ChoiceStats;
import io.penstock.engine.client.ChoiceStep;
import io.penstock.engine.client.DeviceMetrics;
import io.penstock.engine.client.EmbedRequest;
import io.penstock.engine.client.EngineMetrics;
import io.penstock.engine.client.EngineState;
import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.GenerateListener;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.client.LatencyTargets;
import io.penstock.engine.client.ModelInfo;
import io.penstock.engine.client.SwapMetrics;
import io.penstock.engine.client.TextCodec;
import io.penstock.engine.client.TokenLogprob;
import io.penstock.engine.core.EmbeddingInfo;
import io.penstock.engine.core.FinishReason;
import io.penstock.engine.core.OutputConstraint;
import io.penstock.engine.core.Pooling;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.TenantBudget;
import io.penstock.engine.core.WaitCause;
import io.penstock.engine.grammar.GrammarCompiler;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * An engine without a model: every choice is the alphabet, over and over, one letter a step. Tests
 * set its speed, how many requests it takes and whether it fails. A text's embedding are the powers
 * of the sum of its ids, so that it can be known; it comes at once.
 */
public final class FakeEngine implements InferenceEngine {
  public static final int MAX_MODEL_LEN = 1024;

  /** Components of its embeddings. */
  public static final int DIMENSIONS = 6;

  /** Ids of models that can do only one of the two. */
  public static final String EMBEDS_ONLY = "embeds-only";

  public static final String GENERATES_ONLY = "generates-only";

  private static final DeviceMetrics DEVICE = new DeviceMetrics(1L << 30, 4L << 30, 50, -1, 0, 0);

  /** What each token takes of the device's time, and of its KV cache over time: 1 ms, 1 MiB-s. */
  public static final double COMPUTE_NANOS = 1e6;

  private static final double KV_BYTE_NANOS = (1 << 20) * 1e9;

  /** Tokens after which a choice ends by itself. */
  public static final int NATURAL_LENGTH = 30;

  private final String id;
  private final FakeCodec codec = new FakeCodec();
  private final GrammarCompiler grammars = new GrammarCompiler(codec.vocabulary());
  private final Map<String, Job> jobs = new LinkedHashMap<>();
  private final List<String> cancelled = new CopyOnWriteArrayList<>();
  private final List<GenerateRequest> submitted = new CopyOnWriteArrayList<>();
  private final List<EmbedRequest> embedded = new CopyOnWriteArrayList<>();
  private final Thread thread;
  private final AtomicLong generated = new AtomicLong();
  private volatile long stepNanos;
  private volatile boolean paused;
  private volatile int capacity = Integer.MAX_VALUE;
  private volatile int failAfter = Integer.MAX_VALUE;
  private volatile GenerateEvent.Rejected refusal;
  private volatile List<String> script;
  private volatile TenantBudget budget = TenantBudget.UNLIMITED;
  private volatile EngineState state = EngineState.READY;
  private volatile LatencyTargets targets = LatencyTargets.NONE;
  private volatile boolean closed;

  public FakeEngine(String id) {
    this.id = id;
    this.thread = Thread.ofPlatform().name("fake-engine").daemon().start(this::run);
  }

  /** Back to defaults: fast, endless capacity, no faults. */
  public void reset() {
    stepNanos = 0;
    capacity = Integer.MAX_VALUE;
    failAfter = Integer.MAX_VALUE;
    refusal = null;
    state = EngineState.READY;
    targets = LatencyTargets.NONE;
    script = null;
    codec.reset();
    cancelled.clear();
    submitted.clear();
    embedded.clear();
    resume();
  }

  /** Every answer is this text, in tokens of so many characters. */
  public void script(String text, int charactersPerToken) {
    List<String> pieces = new ArrayList<>();
    for (int from = 0; from < text.length(); from += charactersPerToken) {
      pieces.add(text.substring(from, Math.min(text.length(), from + charactersPerToken)));
    }
    script = pieces;
  }

  public FakeCodec codec() {
    return codec;
  }

  /** Time between two tokens. */
  public void stepNanos(long nanos) {
    stepNanos = nanos;
  }

  /** Takes requests but computes nothing until {@link #resume}. */
  public void pause() {
    paused = true;
  }

  public void resume() {
    paused = false;
  }

  /** Requests that may be in the engine; more are rejected as by a full queue. */
  public void capacity(int requests) {
    capacity = requests;
  }

  /** Every choice fails when it has that many tokens. */
  public void failAfter(int tokens) {
    failAfter = tokens;
  }

  /** Refuses every request in this way; null takes them again. */
  public void refuse(GenerateEvent.Rejected with) {
    refusal = with;
  }

  /** Gives up all that it has taken, as a scheduler does for requests that go before them. */
  public synchronized void displaceAll(GenerateEvent.Rejected with) {
    jobs.values().forEach(job -> job.listener.onEvent(with));
    jobs.clear();
  }

  /** Asks for every token, as an engine does. */
  public FakeEngine askFor(TenantBudget tokens) {
    budget = tokens;
    return this;
  }

  /** It says that it plans the steps of every tier for these. */
  public void targets(LatencyTargets all) {
    targets = all;
  }

  /** It says that it takes no requests any more. */
  public void lose(String reason) {
    state = new EngineState(false, reason);
  }

  public List<String> cancelled() {
    return cancelled;
  }

  public List<GenerateRequest> submitted() {
    return submitted;
  }

  /** Requests in the engine. */
  public synchronized int active() {
    return jobs.size();
  }

  private static final class Job {
    private final GenerateRequest request;
    private final GenerateListener listener;
    private final int[] tokens;
    private final boolean[] done;
    private final long start = System.nanoTime();
    private long firstToken;

    Job(GenerateRequest request, GenerateListener listener) {
      this.request = request;
      this.listener = listener;
      this.tokens = new int[request.sampling().n()];
      this.done = new boolean[tokens.length];
    }

    ChoiceStats stats(int choice) {
      return new ChoiceStats(
          request.promptTokens().length,
          0,
          tokens[choice],
          1000,
          firstToken,
          System.nanoTime() - start,
          tokens[choice] * COMPUTE_NANOS,
          tokens[choice] * KV_BYTE_NANOS,
          List.of(new ChoiceStep(ChoiceStep.Kind.PREFILL, 1000, request.promptTokens().length)));
    }
  }

  private void run() {
    while (!closed) {
      if (!paused) {
        for (Job job : snapshot()) {
          step(job);
        }
      }
      LockSupport.parkNanos(Math.max(stepNanos, active() == 0 || paused ? 200_000 : 1000));
    }
  }

  private synchronized List<Job> snapshot() {
    return new ArrayList<>(jobs.values());
  }

  private void step(Job job) {
    for (int choice = 0; choice < job.tokens.length; choice++) {
      if (!job.done[choice]) {
        advance(job, choice);
      }
    }
    boolean over = true;
    for (boolean done : job.done) {
      over &= done;
    }
    if (over) {
      synchronized (this) {
        jobs.remove(job.request.id());
      }
    }
  }

  private void advance(Job job, int choice) {
    if (cancelled.contains(job.request.id())) {
      finish(job, choice, FinishReason.CANCELLED, null);
      return;
    }
    int index = job.tokens[choice];
    if (index >= failAfter) {
      finish(job, choice, FinishReason.ERROR, "the fake engine was told to fail");
      return;
    }
    if (job.request.sampling().maxTokens() == 0) {
      if (choice == 0) {
        tellPrompt(job);
      }
      finish(job, choice, FinishReason.LENGTH, null);
      return;
    }
    if (!budget.tryTake(job.request.tenant(), job.request.id(), 1)) {
      finish(job, choice, FinishReason.LENGTH, GenerateEvent.BUDGET_ENDED);
      return;
    }
    int token = 'a' + index % 26;
    job.tokens[choice]++;
    generated.incrementAndGet();
    if (job.firstToken == 0) {
      job.firstToken = System.nanoTime() - job.start;
      tellPrompt(job);
    }
    int top = job.request.sampling().topLogprobs();
    List<TokenLogprob.Alternative> alternatives = new ArrayList<>();
    for (int i = 0; i < top; i++) {
      alternatives.add(new TokenLogprob.Alternative((token + i) % 256, -0.5 - i));
    }
    job.listener.onEvent(
        new GenerateEvent.Token(
            choice,
            new TokenLogprob(
                token, job.request.sampling().logprobs() ? -0.5 : Double.NaN, alternatives),
            script == null ? Character.toString(token) : script.get(index)));
    int naturalLength = script == null ? NATURAL_LENGTH : script.size();
    if (job.tokens[choice] >= job.request.sampling().maxTokens()) {
      finish(job, choice, FinishReason.LENGTH, null);
    } else if (job.tokens[choice] >= naturalLength && !job.request.sampling().ignoreEos()) {
      finish(job, choice, FinishReason.STOP, null);
    }
  }

  /** A token of the prompt is as likely as its place says; the next letter is the alternative. */
  private static void tellPrompt(Job job) {
    Integer top = job.request.promptLogprobs();
    if (top == null) {
      return;
    }
    List<TokenLogprob> tokens = new ArrayList<>();
    int[] prompt = job.request.promptTokens();
    for (int i = 0; i < prompt.length; i++) {
      tokens.add(
          new TokenLogprob(
              prompt[i],
              i == 0 ? Double.NaN : -i,
              i == 0 || top == 0
                  ? List.of()
                  : List.of(new TokenLogprob.Alternative((prompt[i] + 1) % 256, -i - 1))));
    }
    job.listener.onEvent(new GenerateEvent.Prompt(tokens));
  }

  private static void finish(Job job, int choice, FinishReason reason, String error) {
    job.done[choice] = true;
    job.listener.onEvent(
        new GenerateEvent.Finished(choice, reason, "", null, error, job.stats(choice)));
  }

  @Override
  public ModelInfo model() {
    return new ModelInfo(
        id,
        "FakeForCausalLM",
        "F32",
        1_000_000,
        4_000_000,
        MAX_MODEL_LEN,
        FakeCodec.VOCABULARY,
        "fake",
        Instant.EPOCH.plusSeconds(1_700_000_000),
        Map.of("temperature", 0.25, "top_k", 7),
        0,
        0,
        0,
        !id.equals(EMBEDS_ONLY),
        id.equals(GENERATES_ONLY) ? null : new EmbeddingInfo(DIMENSIONS, Pooling.MEAN, true));
  }

  @Override
  public LatencyTargets targets(ServiceTier tier) {
    return targets;
  }

  @Override
  public TextCodec text() {
    return codec;
  }

  /** Compiles, and then writes letters all the same. */
  @Override
  public void prepare(OutputConstraint constraint) {
    grammars.compile(constraint);
  }

  @Override
  public void submit(GenerateRequest request, GenerateListener listener) {
    submitted.add(request);
    if (refusal != null) {
      listener.onEvent(refusal);
      return;
    }
    synchronized (this) {
      if (jobs.size() < capacity) {
        jobs.put(request.id(), new Job(request, listener));
        return;
      }
    }
    listener.onEvent(
        new GenerateEvent.Rejected(GenerateEvent.Rejected.Cause.QUEUE_FULL, "queue is full."));
  }

  @Override
  public void embed(EmbedRequest request, GenerateListener listener) {
    embedded.add(request);
    if (refusal != null) {
      listener.onEvent(refusal);
      return;
    }
    for (int i = 0; i < request.inputs().size(); i++) {
      int[] input = request.inputs().get(i);
      ChoiceStats stats =
          new ChoiceStats(input.length, 0, 0, 1000, 0, 5000, COMPUTE_NANOS, 0, List.of());
      listener.onEvent(
          i >= failAfter
              ? new GenerateEvent.Finished(
                  i, FinishReason.ERROR, "", null, "the fake engine was told to fail", stats)
              : new GenerateEvent.Embedded(
                  i, embedding(input, request.params().dimensions()), stats));
    }
  }

  /** What it makes of an input. */
  public static float[] embedding(int[] input, int dimensions) {
    float[] vector = new float[dimensions];
    for (int d = 0; d < dimensions; d++) {
      vector[d] = (float) Math.pow(IntStream.of(input).sum() / 1000.0, d + 1);
    }
    return vector;
  }

  /** Requests to embed. */
  public List<EmbedRequest> embedded() {
    return embedded;
  }

  @Override
  public void cancel(String requestId) {
    cancelled.add(requestId);
  }

  @Override
  public synchronized EngineMetrics metrics() {
    return new EngineMetrics(
        jobs.size(),
        0,
        100,
        100 - jobs.size(),
        0,
        generated.get(),
        0,
        3_000_000_000L,
        2_000_000_000L,
        0,
        SwapMetrics.NONE,
        List.of(
            new EngineMetrics.TierLoad(0, 0),
            new EngineMetrics.TierLoad(jobs.size(), 0),
            new EngineMetrics.TierLoad(0, 0),
            new EngineMetrics.TierLoad(0, 0)),
        0,
        0,
        WaitCause.NONE,
        Optional.of(DEVICE));
  }

  @Override
  public EngineState state() {
    return state;
  }

  @Override
  public void close() {
    closed = true;
    try {
      thread.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    for (Job job : snapshot()) {
      for (int choice = 0; choice < job.tokens.length; choice++) {
        if (!job.done[choice]) {
          finish(job, choice, FinishReason.ERROR, "the engine was closed");
        }
      }
    }
  }
}
