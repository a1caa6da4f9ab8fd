package io.penstock.api.platform.wire;

import io.penstock.api.platform.error.ApiException;
import java.util.List;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A page of a list in OpenAI's shape: the next one is got with {@code after} = {@code last_id}.
 *
 * @param object always {@code list}
 * @param firstId null when the page is empty, as is {@code lastId}
 */
public record ListPage<T>(
    String object, List<T> data, String firstId, String lastId, boolean hasMore) {

  /** Entries of a page unless the request says otherwise, as in OpenAI's API. */
  public static final String DEFAULT_LIMIT = "20";

  private static final int MOST = 100;

  /**
   * @param limit as asked for
   * @param rows gives at most so many rows
   * @param id of a row, by which the next page begins after it
   */
  public static <T> Mono<ListPage<T>> of(
      int limit, Function<Integer, Flux<T>> rows, Function<T, String> id) {
    if (limit < 1 || limit > MOST) {
      return Mono.error(ApiException.invalid("limit", "limit must be between 1 and " + MOST + "."));
    }
    return rows.apply(limit + 1).collectList().map(all -> of(all, limit, id));
  }

  private static <T> ListPage<T> of(List<T> all, int limit, Function<T, String> id) {
    boolean more = all.size() > limit;
    List<T> data = more ? List.copyOf(all.subList(0, limit)) : all;
    return data.isEmpty()
        ? new ListPage<>("list", data, null, null, false)
        : new ListPage<>("list", data, id.apply(data.getFirst()), id.apply(data.getLast()), more);
  }
}
