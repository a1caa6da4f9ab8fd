package io.penstock.api.gateway;

import io.penstock.api.platform.error.ApiException;
import io.penstock.engine.client.ChoiceStats;
import io.penstock.engine.client.EmbedRequest;
import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.core.FinishReason;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * One API request to embed at the engine. Accounting hangs on the engine's terminal events alone,
 * as with {@link Generation}.
 */
public final class Embedding {
  private final EmbeddingCall call;
  private final RequestInfo info;
  private final RequestCourse course;
  private final Sinks.One<Result> result = Sinks.one();
  private final AtomicBoolean cancelled = new AtomicBoolean();

  // Guarded by this.
  private final float[][] vectors;

  /**
   * @param vectors one for each input, in their order
   * @param outcome what was used
   */
  public record Result(List<float[]> vectors, Outcome outcome) {}

  Embedding(EmbeddingCall call, RequestCourse course) {
    this.call = call;
    this.info = course.info();
    this.course = course;
    this.vectors = new float[call.inputs().size()][];
  }

  void submit() {
    course.begin(this::cancel);
    call.model()
        .engine()
        .embed(
            new EmbedRequest(
                info.requestId(),
                info.caller().tenantId().toString(),
                info.urgency().tier(),
                info.urgency().priority(),
                call.inputs(),
                call.params(),
                Generation.terms(info.caller().plan()),
                info.urgency().left()),
            this::onEvent);
  }

  /**
   * What the answer's headers are to say of the caller's limits.
   *
   * @param header takes name and value
   */
  public void headers(BiConsumer<String, String> header) {
    course.headers(header);
  }

  /** All vectors; fails with an {@link ApiException}. Cancelling it ends the request. */
  public Mono<Result> result() {
    return result.asMono().publishOn(Schedulers.parallel()).doOnCancel(this::cancel);
  }

  private void cancel() {
    if (cancelled.compareAndSet(false, true)) {
      call.model().engine().cancel(info.requestId());
    }
  }

  private void onEvent(GenerateEvent event) {
    switch (event) {
      case GenerateEvent.Embedded e -> {
        synchronized (this) {
          vectors[e.input()] = e.vector();
        }
        ended(e.input(), Outcome.Ending.STOP, e.stats());
      }
      case GenerateEvent.Finished e -> {
        fail(
            e.reason() == FinishReason.CANCELLED
                ? ApiException.overloaded(
                    "The request was cancelled by the server.", Duration.ofSeconds(1))
                : ApiException.internal("The model could not embed: " + e.error()));
        ended(e.choice(), Tally.ending(e.reason()), e.stats());
      }
      case GenerateEvent.Rejected e -> {
        ApiException refused = course.explain(e, call.model().engine().metrics());
        fail(refused);
        if (course.rejected(call.inputs().size(), refused.body().error().code())) {
          settle();
        }
      }
      case GenerateEvent.Token _, GenerateEvent.Prompt _ ->
          throw new IllegalStateException("nothing is generated");
    }
  }

  private void ended(int input, Outcome.Ending ending, ChoiceStats stats) {
    if (course.ended(input, ending, true, stats, null)) {
      settle();
    }
  }

  /** The first fault decides the answer; the other inputs are of no use to the client then. */
  private void fail(ApiException error) {
    if (course.fail(error)) {
      cancel();
    }
  }

  private void settle() {
    Outcome outcome = course.settle();
    ApiException error = course.failure();
    if (error != null) {
      result.tryEmitError(error);
    } else {
      result.tryEmitValue(new Result(Arrays.asList(vectors), outcome));
    }
  }
}
