package io.penstock.engine.runtime;

import io.penstock.engine.client.ChoiceStep;
import io.penstock.engine.client.EngineRequest;
import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.GenerateListener;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.grammar.mask.CompiledGrammar;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request between submission and its last event. Belongs to the engine's thread once it is in the
 * inbox, {@link #cancelled} aside.
 */
final class ActiveRequest {
  private static final Logger log = LoggerFactory.getLogger(ActiveRequest.class);

  final EngineRequest request;
  final long seed;
  final long submittedNanos;

  /** What each choice must match; null for anything. */
  final CompiledGrammar grammar;

  /** Set by any thread. */
  volatile boolean cancelled;

  /** Choices or inputs that have not ended; empty before admission. */
  final Set<Work> open = new LinkedHashSet<>();

  private final GenerateListener listener;
  private boolean listenerFailed;

  ActiveRequest(
      EngineRequest request, CompiledGrammar grammar, GenerateListener listener, long nowNanos) {
    this.request = request;
    this.grammar = grammar;
    this.listener = listener;
    this.submittedNanos = nowNanos;
    Long seed = request instanceof GenerateRequest g ? g.sampling().seed() : null;
    this.seed = seed != null ? seed : ThreadLocalRandom.current().nextLong();
  }

  /** Delivers an event; what a listener throws stays here. */
  void emit(GenerateEvent event) {
    try {
      listener.onEvent(event);
    } catch (RuntimeException | AssertionError | LinkageError e) {
      listenerFailed(e);
    }
  }

  /** Likewise what happened to a choice on its way. */
  void note(int choice, ChoiceStep step) {
    try {
      listener.onStep(choice, step);
    } catch (RuntimeException | AssertionError | LinkageError e) {
      listenerFailed(e);
    }
  }

  private void listenerFailed(Throwable e) {
    if (!listenerFailed) {
      log.warn("request {}: its listener failed; only the first time is logged", request.id(), e);
      listenerFailed = true;
    }
  }
}
