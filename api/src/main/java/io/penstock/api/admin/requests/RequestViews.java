package io.penstock.api.admin.requests;

import io.penstock.api.gateway.live.LiveFigures;
import io.penstock.api.gateway.live.RequestTrace;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
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
   * @param status waiting, until its first token, or running
   * @param firstTokenMs from submission; null while there is none
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
      int promptTokens,
      long maxTokens,
      int completionTokens,
      Double firstTokenMs,
      double elapsedMs) {
    static Running of(RequestTrace trace) {
      RequestTrace.Subject s = trace.subject();
      boolean begun = trace.firstTokenNanos() >= 0;
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
          begun ? "running" : "waiting",
          s.promptTokens(),
          s.maxTokens(),
          trace.tokens(),
          begun ? trace.firstTokenNanos() / 1e6 : null,
          trace.elapsedNanos() / 1e6);
    }
  }

  /**
   * Those that run now, the oldest first.
   *
   * @param total of them; data has at most a page of them
   */
  record RunningList(List<Running> data, int total, int waiting) {
    private static final int MOST = 500;

    static RunningList of(List<RequestTrace> traces) {
      List<Running> all =
          traces.stream()
              .sorted(Comparator.comparing((RequestTrace t) -> t.subject().receivedAt()))
              .map(Running::of)
              .toList();
      return new RunningList(
          all.size() > MOST ? all.subList(0, MOST) : all,
          all.size(),
          (int) all.stream().filter(r -> r.status().equals("waiting")).count());
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
   */
  record Timeline(List<Step> steps, int gapStride, List<Double> gapsMs) {
    static Timeline of(RequestTrace trace) {
      RequestTrace.Gaps gaps = trace.gaps();
      return new Timeline(
          trace.ended() == null
              ? List.of()
              : trace.ended().steps().stream()
                  .map(s -> new Step(s.kind(), s.atNanos() / 1e6, s.tokens()))
                  .toList(),
          gaps.stride(),
          Arrays.stream(gaps.micros()).mapToObj(us -> us / 1e3).toList());
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
