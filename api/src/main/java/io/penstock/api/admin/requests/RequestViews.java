package io.penstock.api.admin.requests;

import io.penstock.api.admin.live.WaitReasons;
import io.penstock.api.gateway.EngineFigures;
import io.penstock.api.gateway.live.LiveFigures;
import io.penstock.api.gateway.live.RequestTrace;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Requests of this server as people see them. */
final class RequestViews {
  private RequestViews() {}

  /**
   * A page of requests that ended.
   *
   * @param nextBefore what to pass as {@code before} for the next page; null on the last
   * @param lookedBackTo when so few match that older requests than those of this time were not
   *     looked at yet: the next page goes on there; else null
   */
  record Page(
      List<RequestStore.Request> data, boolean hasMore, Long nextBefore, Instant lookedBackTo) {
    static Page of(List<RequestStore.Row> rows, int limit) {
      boolean more = rows.size() > limit;
      List<RequestStore.Row> page = more ? rows.subList(0, limit) : rows;
      return new Page(
          page.stream().map(RequestStore.Row::request).toList(),
          more,
          more ? page.getLast().number() : null,
          null);
    }

    /** What was found among the newest requests; there may be more before a number. */
    static Page partial(List<RequestStore.Row> rows, long before, Instant at) {
      return new Page(rows.stream().map(RequestStore.Row::request).toList(), true, before, at);
    }
  }

  /**
   * A request that runs on this server.
   *
   * @param status waiting, reading its prompt, or running when it has a first token
   * @param waitsFor what it waits for: a place in the batch, room in the KV cache, its turn in a
   *     step, or requests of a higher tier; null when it does not wait
   * @param ahead requests that wait for the same model before it; null when it does not wait
   * @param firstTokenMs from submission; null while there is none
   * @param kvBlocks of the KV cache that its tokens take, shared ones too, as far as its first
   *     choice; null while it waits, as {@code kvBytes}, and when the model does not tell
   */
  record Running(
      String id,
      Instant at,
      UUID tenantId,
      String tenant,
      UUID projectId,
      UUID keyId,
      String model,
      String endpoint,
      boolean streamed,
      String tier,
      String status,
      String waitsFor,
      Integer ahead,
      int promptTokens,
      long maxTokens,
      int completionTokens,
      Double firstTokenMs,
      double elapsedMs,
      Long kvBlocks,
      Long kvBytes) {
    static Running of(RequestTrace trace, WaitReasons reasons, EngineFigures model) {
      RequestTrace.Subject s = trace.subject();
      boolean begun = trace.firstTokenNanos() >= 0;
      WaitReasons.Reason reason = reasons.of(trace);
      Long blocks = reason == null ? blocks(trace, model) : null;
      return new Running(
          s.requestId(),
          s.receivedAt(),
          s.tenantId(),
          s.tenant(),
          s.projectId(),
          s.keyId(),
          s.model(),
          s.endpoint(),
          s.streamed(),
          s.tier(),
          begun ? "running" : reason == null ? "reading" : "waiting",
          reason == null ? null : reason.waitsFor(),
          reason == null ? null : reason.ahead(),
          s.promptTokens(),
          s.maxTokens(),
          trace.tokens(),
          begun ? trace.firstTokenNanos() / 1e6 : null,
          trace.elapsedNanos() / 1e6,
          blocks,
          blocks == null ? null : blocks * model.kvBlockBytes());
    }

    private static Long blocks(RequestTrace trace, EngineFigures model) {
      if (model == null || model.kvBlockTokens() == 0) {
        return null;
      }
      RequestTrace.Subject s = trace.subject();
      long tokens = s.promptTokens() + (long) trace.tokens() / s.choices();
      return (tokens + model.kvBlockTokens() - 1) / model.kvBlockTokens();
    }
  }

  /**
   * Those that run now, the oldest first.
   *
   * @param total of them; data has at most a page of them
   * @param waiting those without a first token
   */
  record RunningList(List<Running> data, int total, int waiting) {
    private static final int MOST = 500;

    static RunningList of(
        List<RequestTrace> traces, WaitReasons reasons, Map<String, EngineFigures> models) {
      List<Running> all =
          traces.stream()
              .sorted(Comparator.comparing((RequestTrace t) -> t.subject().receivedAt()))
              .map(trace -> Running.of(trace, reasons, models.get(trace.subject().model())))
              .toList();
      return new RunningList(
          all.size() > MOST ? all.subList(0, MOST) : all,
          all.size(),
          (int) all.stream().filter(r -> r.firstTokenMs() == null).count());
    }
  }

  /** Requests that were not taken by this server, newest first; they are in no ledger. */
  record RefusalList(List<LiveFigures.Refusal> data, boolean hasMore) {}

  /**
   * Where a request's time went.
   *
   * @param steps chunks of its prompt and its pauses, in milliseconds from submission
   * @param gapStride tokens that a gap stands for: the longest of theirs
   * @param gapsMs times between tokens
   * @param waitedFor what it was seen to wait for, once a second; null when it waited for less
   */
  record Timeline(List<Step> steps, int gapStride, List<Double> gapsMs, String waitedFor) {
    static Timeline of(RequestTrace trace) {
      RequestTrace.Gaps gaps = trace.gaps();
      return new Timeline(
          trace.steps().stream()
              .map(s -> new Step(s.kind(), s.atNanos() / 1e6, s.tokens()))
              .toList(),
          gaps.stride(),
          Arrays.stream(gaps.micros()).mapToObj(us -> us / 1e3).toList(),
          trace.waitedFor());
    }
  }

  /**
   * @param kind prefill, paused or resumed
   */
  record Step(String kind, double atMs, int tokens) {}

  /**
   * All that is known of a request: one of {@code running} and {@code booked} is there.
   *
   * @param prices at which it was charged; null when there were none
   * @param timeline null when it ran on another server or long ago
   */
  record Detail(
      Running running,
      RequestStore.Request booked,
      RequestStore.Prices prices,
      Timeline timeline) {}
}
