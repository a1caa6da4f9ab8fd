package io.penstock.api.admin.requests;

import io.penstock.api.platform.error.ApiException;
import io.swagger.v3.oas.annotations.Parameter;
import java.time.Instant;
import java.util.UUID;
import org.springframework.web.bind.annotation.BindParam;

/**
 * Which requests are asked for; what is null does not matter.
 *
 * @param tenant name or id; for the operator
 * @param key id of an API key
 * @param status stop, length, cancelled, error or rejected
 * @param startTime seconds since 1970
 * @param endTime exclusive
 * @param minFirstTokenMs only those whose first token took as long, the slow ones
 * @param before the {@code next_before} of the page before
 */
record RequestFilter(
    String tenant,
    UUID key,
    UUID project,
    String model,
    String tier,
    String status,
    @BindParam("start_time") @Parameter(name = "start_time") Long startTime,
    @BindParam("end_time") @Parameter(name = "end_time") Long endTime,
    @BindParam("min_first_token_ms") @Parameter(name = "min_first_token_ms") Long minFirstTokenMs,
    Long before,
    Integer limit) {
  private static final int MOST = 200;
  private static final int USUAL = 50;
  private static final long LATEST = 253_402_300_799L;

  /**
   * @throws ApiException 400 that names the parameter and what it may be
   */
  RequestFilter checked() {
    if (limit != null && (limit < 1 || limit > MOST)) {
      throw ApiException.invalid("limit", "limit must be between 1 and " + MOST + ".");
    }
    second("start_time", startTime);
    second("end_time", endTime);
    if (minFirstTokenMs != null && (minFirstTokenMs < 0 || minFirstTokenMs > 86_400_000)) {
      throw ApiException.invalid(
          "min_first_token_ms", "min_first_token_ms must be between 0 and a day.");
    }
    return this;
  }

  int most() {
    return limit == null ? USUAL : limit;
  }

  /**
   * Whether an index leads straight to the requests that match, so that few of many are found fast.
   *
   * @param tenantId whose requests are asked for; null for all
   */
  boolean isIndexed(UUID tenantId) {
    boolean ofOne = tenantId != null || tenant != null;
    return project == null
        && model == null
        && tier == null
        && status == null
        && minFirstTokenMs == null
        && !(ofOne && key != null);
  }

  private static void second(String name, Long value) {
    if (value != null && (value < 0 || value > LATEST)) {
      throw ApiException.invalid(name, name + " must be in seconds since 1970.");
    }
  }

  Instant start() {
    return startTime == null ? null : Instant.ofEpochSecond(startTime);
  }

  Instant end() {
    return endTime == null ? null : Instant.ofEpochSecond(endTime);
  }
}
