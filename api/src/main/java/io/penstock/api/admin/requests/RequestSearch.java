package io.penstock.api.admin.requests;

import io.penstock.api.admin.requests.RequestStore.Row;
import io.penstock.api.admin.requests.RequestStore.Span;
import io.penstock.api.admin.requests.RequestViews.Page;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Pages of requests, the newest first. What few requests match is looked for in stretches, the
 * newest first, and no longer than people wait for a page: however many requests there are, a page
 * then has what was found, and the next goes on where it ended.
 */
@Component
class RequestSearch {
  private static final long FIRST_STRETCH = 10_000;
  private static final Duration ENOUGH = Duration.ofMillis(40);
  private static final Duration SHORT = Duration.ofMillis(8);

  private final RequestStore store;

  RequestSearch(RequestStore store) {
    this.store = store;
  }

  /**
   * @param tenantId whose; null for all
   */
  Mono<Page> page(UUID tenantId, RequestFilter filter) {
    Mono<Span> span = store.span(filter);
    if (filter.isIndexed(tenantId)) {
      return span.flatMap(s -> store.page(tenantId, filter, s, filter.most() + 1).collectList())
          .map(rows -> Page.of(rows, filter.most()));
    }
    long deadline = System.nanoTime() + ENOUGH.toNanos();
    return span.flatMap(s -> new Look(tenantId, filter, deadline).back(s, FIRST_STRETCH));
  }

  /** One page's search. */
  private final class Look {
    private final UUID tenantId;
    private final RequestFilter filter;
    private final long deadline;
    private final List<Row> found = new ArrayList<>();

    Look(UUID tenantId, RequestFilter filter, long deadline) {
      this.tenantId = tenantId;
      this.filter = filter;
      this.deadline = deadline;
    }

    /** Looks through the newest requests of a span, then, while there is time, the ones before. */
    Mono<Page> back(Span span, long stretch) {
      long begun = System.nanoTime();
      long after = Math.max(span.after(), span.before() - 1 - stretch);
      return store
          .page(tenantId, filter, new Span(after, span.before()), filter.most() + 1 - found.size())
          .collectList()
          .flatMap(
              rows -> {
                found.addAll(rows);
                long now = System.nanoTime();
                if (found.size() > filter.most() || after <= span.after()) {
                  return Mono.just(Page.of(found, filter.most()));
                }
                boolean brief = now - begun < SHORT.toNanos();
                // The next one takes as long as this, or twice if it is twice as long.
                if (now + (now - begun) * (brief ? 2 : 1) >= deadline) {
                  return store.bookedAt(after).map(at -> Page.partial(found, after + 1, at));
                }
                return back(new Span(span.after(), after + 1), brief ? 2 * stretch : stretch);
              });
    }
  }
}
