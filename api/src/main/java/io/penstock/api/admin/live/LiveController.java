package io.penstock.api.admin.live;

import io.penstock.api.admin.live.LiveSample.Point;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.error.ApiException;
import io.swagger.v3.oas.annotations.Operation;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What happens on this server now, once a second: first an event {@code history}, then one {@code
 * sample} a second until the client leaves. Each client needs one connection.
 */
@RestController
class LiveController {
  private static final long ENDLESS = 0;
  private static final int TENANTS_IN_CHARTS = 12;

  private final LiveSampler sampler;

  LiveController(LiveSampler sampler) {
    this.sampler = sampler;
  }

  /**
   * @param samples how many to send; 0 for as long as the client listens
   */
  @GetMapping(path = "/admin/live", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  @Access(Right.OPERATOR)
  @Operation(summary = "All of this server, by server-sent events")
  Flux<ServerSentEvent<Object>> all(@RequestParam(defaultValue = "0") long samples) {
    return events(
        Mono.fromSupplier(() -> mostUsed(sampler.history())),
        latestAnd().map(sample -> (Object) sample),
        samples);
  }

  /** The latest sample, for who cannot hold a stream open. */
  @GetMapping("/admin/live/latest")
  @Access(Right.OPERATOR)
  LiveSample latest() {
    return sampler.latest();
  }

  /**
   * What an organization's own requests do; nothing of others.
   *
   * @param samples how many to send; 0 for as long as the client listens
   */
  @GetMapping(path = "/v1/organization/live", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  @Access(Right.VIEW)
  @Operation(summary = "The organization's own requests, by server-sent events")
  Flux<ServerSentEvent<Object>> own(
      @RequestParam(defaultValue = "0") long samples,
      @AuthenticationPrincipal Caller.Member caller) {
    UUID id = caller.tenantId();
    return events(
        Mono.fromSupplier(() -> OwnHistory.of(sampler.history(), id)),
        latestAnd().map(sample -> (Object) OwnSample.of(sample, id)),
        samples);
  }

  /** Only tenants that a chart has colours for. */
  private static LiveSample.History mostUsed(LiveSample.History history) {
    return new LiveSample.History(
        history.stepSeconds(),
        history.points().stream().map(point -> point.withMost(TENANTS_IN_CHARTS)).toList());
  }

  private Flux<LiveSample> latestAnd() {
    return Flux.concat(Mono.justOrEmpty(sampler.latest()), sampler.samples());
  }

  private static Flux<ServerSentEvent<Object>> events(
      Mono<?> history, Flux<Object> samples, long most) {
    if (most < 0) {
      throw ApiException.invalid("samples", "samples must be 0, for no end, or above.");
    }
    Flux<ServerSentEvent<Object>> live =
        samples.map(sample -> ServerSentEvent.builder(sample).event("sample").build());
    return Flux.concat(
        history.map(past -> ServerSentEvent.<Object>builder(past).event("history").build()),
        most == ENDLESS ? live : live.take(most));
  }

  /** An organization's part of a sample. */
  record OwnSample(
      Instant at,
      double share,
      double tokensPerSecond,
      int running,
      int waiting,
      Long longestWaitMillis,
      long refused5Min) {
    static OwnSample of(LiveSample sample, UUID id) {
      return sample.tenants().stream()
          .filter(t -> t.id().equals(id))
          .findFirst()
          .map(
              t ->
                  new OwnSample(
                      sample.at(),
                      t.share(),
                      t.tokensPerSecond(),
                      t.running(),
                      t.waiting(),
                      t.longestWaitMillis(),
                      t.refused5Min()))
          .orElseGet(() -> new OwnSample(sample.at(), 0, 0, 0, 0, null, 0));
    }
  }

  /** An organization's part of the past. */
  record OwnHistory(int stepSeconds, List<OwnPoint> points) {
    static OwnHistory of(LiveSample.History history, UUID id) {
      return new OwnHistory(
          history.stepSeconds(), history.points().stream().map(p -> OwnPoint.of(p, id)).toList());
    }
  }

  /** Five seconds of an organization. */
  record OwnPoint(Instant at, double share, double tokensPerSecond) {
    static OwnPoint of(Point point, UUID id) {
      return point.tenants().stream()
          .filter(t -> t.id().equals(id))
          .findFirst()
          .map(t -> new OwnPoint(point.at(), t.share(), t.tokensPerSecond()))
          .orElseGet(() -> new OwnPoint(point.at(), 0, 0));
    }
  }
}
