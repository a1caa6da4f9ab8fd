package io.penstock.api.gateway;

import io.penstock.api.gateway.live.LiveFigures;
import io.penstock.api.gateway.live.RequestTrace;
import io.penstock.api.platform.ServiceTiers;
import io.penstock.api.platform.error.ApiException;
import io.penstock.engine.client.ChoiceStats;
import io.penstock.engine.client.ChoiceStep;
import java.time.Instant;
import java.util.Locale;
import org.springframework.stereotype.Component;

/** Tells those who watch what becomes of requests, in words that need no engine. */
@Component
final class Watch {
  private final LiveFigures figures;

  Watch(LiveFigures figures) {
    this.figures = figures;
  }

  RequestTrace begin(RequestInfo info, Runnable cancel) {
    return figures.begin(
        new RequestTrace.Subject(
            info.requestId(),
            info.caller().tenantId(),
            info.caller().tenantName(),
            info.caller().plan().weight(),
            info.caller().projectId(),
            info.caller().keyId(),
            info.model(),
            info.endpoint(),
            info.streamed(),
            ServiceTiers.name(info.urgency().tier()),
            info.choices(),
            info.promptTokens(),
            info.maxTokens(),
            info.receivedAt()),
        cancel);
  }

  void refused(RequestInfo info, ApiException refusal) {
    figures.refused(
        new LiveFigures.Refusal(
            Instant.now(),
            info.requestId(),
            info.caller().tenantId(),
            info.caller().tenantName(),
            info.caller().keyId(),
            info.model(),
            ServiceTiers.name(info.urgency().tier()),
            refusal.body().error().code(),
            refusal.body().error().message()));
  }

  /**
   * @param first what the first choice used
   */
  void ended(RequestTrace trace, Outcome outcome, ChoiceStats first) {
    figures.end(
        trace,
        new RequestTrace.Ended(
            Instant.now(),
            outcome.ending().name().toLowerCase(Locale.ROOT),
            outcome.errorCode(),
            outcome.cachedTokens(),
            outcome.completionTokens(),
            outcome.queuedNanos(),
            outcome.firstTokenNanos(),
            outcome.totalNanos(),
            outcome.computeNanos(),
            first.steps().stream().map(Watch::step).toList()));
  }

  static RequestTrace.Step step(ChoiceStep step) {
    return new RequestTrace.Step(
        step.kind().name().toLowerCase(Locale.ROOT), step.atNanos(), step.tokens());
  }
}
