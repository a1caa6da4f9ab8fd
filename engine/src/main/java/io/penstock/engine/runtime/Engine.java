package io.penstock.engine.runtime;

import io.penstock.engine.client.EmbedRequest;
import io.penstock.engine.client.EngineMetrics;
import io.penstock.engine.client.EngineRequest;
import io.penstock.engine.client.EngineState;
import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.GenerateListener;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.client.LatencyTargets;
import io.penstock.engine.client.ModelInfo;
import io.penstock.engine.client.TextCodec;
import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.core.InvalidParameterException;
import io.penstock.engine.core.OutputConstraint;
import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.grammar.GrammarCompiler;
import io.penstock.engine.grammar.mask.CompiledGrammar;
import io.penstock.engine.kv.BlockPool;
import io.penstock.engine.sched.SchedulerConfig;
import io.penstock.engine.sched.SchedulerContext;
import io.penstock.engine.sched.SchedulingPolicy;
import io.penstock.engine.sched.TierSettings;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An engine in this process: the thread-safe face of an {@link EngineLoop}. */
public final class Engine implements InferenceEngine {
  private static final Logger log = LoggerFactory.getLogger(Engine.class);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

  private final ModelInfo model;
  private final TextCodec text;
  private final SchedulingPolicy policy;
  private final GrammarCompiler grammars; // or null
  private final Inbox inbox;
  private final EngineLoop loop;
  private final Thread thread;
  private final DeviceWatch device;
  private final RecentFigures figures;

  /** Without structured output. */
  public static Engine start(
      ModelInfo model,
      TextCodec text,
      TextStream.Factory texts,
      Set<Integer> endTokens,
      SchedulerConfig config,
      BlockPool pool,
      SchedulerContext scheduling,
      long blockBytes,
      Swap swap,
      StepRunner runner,
      DeviceWatch device) {
    return start(
        model,
        text,
        null,
        texts,
        endTokens,
        config,
        pool,
        scheduling,
        blockBytes,
        swap,
        runner,
        device);
  }

  /**
   * Starts the engine's thread, which closes the runner when it ends.
   *
   * @param grammars compiles what texts must match; null where the runner samples as it likes
   * @param endTokens the model's end tokens
   * @param pool blocks of the runner's KV cache that sequences may use
   * @param scheduling what the scheduler asks of the world; its clock must be {@link
   *     System#nanoTime}
   * @param blockBytes of a block of the KV cache, for metering
   * @param swap the runner's swap space
   * @param device what is watched of the runner's device
   */
  public static Engine start(
      ModelInfo model,
      TextCodec text,
      GrammarCompiler grammars,
      TextStream.Factory texts,
      Set<Integer> endTokens,
      SchedulerConfig config,
      BlockPool pool,
      SchedulerContext scheduling,
      long blockBytes,
      Swap swap,
      StepRunner runner,
      DeviceWatch device) {
    Engine engine =
        new Engine(
            model,
            text,
            grammars,
            texts,
            endTokens,
            config,
            pool,
            scheduling,
            blockBytes,
            swap,
            runner,
            device);
    engine.thread.start();
    return engine;
  }

  private Engine(
      ModelInfo model,
      TextCodec text,
      GrammarCompiler grammars,
      TextStream.Factory texts,
      Set<Integer> endTokens,
      SchedulerConfig config,
      BlockPool pool,
      SchedulerContext scheduling,
      long blockBytes,
      Swap swap,
      StepRunner runner,
      DeviceWatch device) {
    this.model = model;
    this.text = text;
    this.policy = config.policy();
    this.grammars = grammars;
    this.device = device;
    this.figures = new RecentFigures(device.figures());
    this.inbox = new Inbox(config.maxQueuedRequests());
    this.loop =
        new EngineLoop(
            inbox,
            config,
            pool,
            scheduling,
            swap,
            runner,
            new ChoiceFactory(endTokens, texts, stateWidth(model)),
            blockBytes);
    this.thread = Thread.ofPlatform().name("engine-" + model.id()).daemon().unstarted(loop);
    thread.setUncaughtExceptionHandler(
        (_, e) -> log.error("the engine of {} ended", model.id(), e));
    inbox.ownedBy(thread);
  }

  private static int stateWidth(ModelInfo model) {
    return model.embedding() == null ? 0 : model.embedding().dimensions();
  }

  @Override
  public ModelInfo model() {
    return model;
  }

  @Override
  public LatencyTargets targets(ServiceTier tier) {
    TierSettings settings = policy.settings(tier);
    return new LatencyTargets(settings.firstTokenNanos(), settings.stepNanos());
  }

  @Override
  public TextCodec text() {
    return text;
  }

  /**
   * {@inheritDoc}
   *
   * @throws InvalidParameterException when the prompt is empty or has ids outside the vocabulary
   */
  @Override
  public void submit(GenerateRequest request, GenerateListener listener) {
    requireComplete(request);
    Objects.requireNonNull(request.promptTokens(), "promptTokens");
    Objects.requireNonNull(request.sampling(), "sampling");
    if (!model.generates()) {
      throw new InvalidParameterException("model", "This model embeds and does not generate.");
    }
    requireValid(request.promptTokens(), "prompt");
    if (request.promptLogprobs() != null && model.embedding() == null) {
      throw new InvalidParameterException(
          "prompt_logprobs", "This model does not tell log-probabilities of its prompt.");
    }
    hand(request, request.constraint() == null ? null : compile(request.constraint()), listener);
  }

  @Override
  public void embed(EmbedRequest request, GenerateListener listener) {
    requireComplete(request);
    Objects.requireNonNull(request.params(), "params");
    if (model.embedding() == null) {
      throw new InvalidParameterException("model", "This model does not embed.");
    }
    if (request.params().dimensions() > model.embedding().dimensions()) {
      throw new InvalidParameterException(
          "dimensions", "dimensions must be at most %d.".formatted(model.embedding().dimensions()));
    }
    if (request.inputs().isEmpty()) {
      throw new InvalidParameterException("input", "There must be at least one input.");
    }
    request.inputs().forEach(input -> requireValid(input, "input"));
    hand(request, null, listener);
  }

  private void hand(EngineRequest request, CompiledGrammar grammar, GenerateListener listener) {
    ActiveRequest active = new ActiveRequest(request, grammar, listener, System.nanoTime());
    String outage = outage();
    Inbox.Refusal refusal =
        outage == null
            ? inbox.offer(active)
            : new Inbox.Refusal(GenerateEvent.Rejected.Cause.UNAVAILABLE, outage);
    if (refusal != null) {
      active.emit(new GenerateEvent.Rejected(refusal.cause(), refusal.message()));
    }
  }

  @Override
  public void prepare(OutputConstraint constraint) {
    compile(constraint);
  }

  private CompiledGrammar compile(OutputConstraint constraint) {
    if (grammars == null) {
      throw new ConstraintException("This model does not support structured output.");
    }
    return grammars.compile(constraint);
  }

  /** A missing value must fail here, in the caller, and not in the engine's thread. */
  private static void requireComplete(EngineRequest request) {
    Objects.requireNonNull(request.id(), "id");
    Objects.requireNonNull(request.tenant(), "tenant");
    Objects.requireNonNull(request.tier(), "tier");
    Objects.requireNonNull(request.terms(), "terms");
  }

  private void requireValid(int[] tokens, String parameter) {
    if (tokens.length == 0) {
      throw new InvalidParameterException(
          parameter, "The %s must have at least one token.".formatted(parameter));
    }
    for (int id : tokens) {
      if (id < 0 || id >= model.vocabSize()) {
        throw new InvalidParameterException(
            parameter,
            "Token id %d is outside the vocabulary of %d tokens.".formatted(id, model.vocabSize()));
      }
    }
  }

  @Override
  public void cancel(String requestId) {
    inbox.cancel(requestId);
  }

  @Override
  public EngineMetrics metrics() {
    EngineMetrics metrics = loop.metrics();
    return metrics.with(metrics.waiting() + inbox.size(), figures.get());
  }

  @Override
  public EngineState state() {
    String outage = outage();
    return outage == null ? EngineState.READY : new EngineState(false, outage);
  }

  /** Why no request is taken, or null. */
  private String outage() {
    long busyNanos = loop.busyNanos();
    return busyNanos > device.stepLimit().toNanos()
        ? "A step has been running for %d s: the device does not answer."
            .formatted(Duration.ofNanos(busyNanos).toSeconds())
        : inbox.outage();
  }

  @Override
  public void close() {
    inbox.requestClose();
    if (Thread.currentThread() == thread) {
      return; // called by a listener: the loop ends after it
    }
    try {
      if (!thread.join(CLOSE_TIMEOUT)) {
        log.warn("the engine of {} still computes a step; it ends after it", model.id());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
