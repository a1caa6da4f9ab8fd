package io.penstock.api.admin.lists;

import java.time.Instant;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.publisher.Mono;

/** Adds the hours and days of all organizations up. */
@Component
class UsageReportStore {
  private static final int TRIES = 5;

  /**
   * Workers would be new processes for each report, which map all its pages anew: measured over
   * 90,000 rows, that takes longer than reading them. And planned for any times and numbers, as
   * PostgreSQL does from the sixth report of a connection on, an export takes eight times as long.
   */
  private static final String ALONE_AND_PLANNED =
      """
      select set_config('max_parallel_workers_per_gather', '0', true),
        set_config('plan_cache_mode', 'force_custom_plan', true)
      """;

  private final DatabaseClient database;
  private final TransactionalOperator transactions;

  UsageReportStore(DatabaseClient database, TransactionalOperator transactions) {
    this.database = database;
    this.transactions = transactions;
  }

  /**
   * @param tenantId the only organization; null for all
   * @param tenant name of the only organization; empty for all, as {@code model}
   * @param most how many groups are told by bucket, the first
   */
  record Query(
      UUID tenantId,
      Instant start,
      Instant end,
      UsageReportController.Group group,
      String bucket,
      String tenant,
      String model,
      int limit,
      int most) {

    /** Groups that are told by bucket; none when all is one. */
    int series() {
      return bucket.equals("all") ? 0 : Math.min(most, limit);
    }

    /** Whether all that is not told by bucket is, together. */
    boolean others() {
      return !bucket.equals("all") && most < limit;
    }
  }

  /** Sums, as the ledger has them: tokens, microseconds of the device, micro-units of money. */
  record Sums(
      long requests,
      long promptTokens,
      long cachedTokens,
      long completionTokens,
      long computeUs,
      long costMicros) {
    Sums plus(Sums other) {
      return new Sums(
          requests + other.requests,
          promptTokens + other.promptTokens,
          cachedTokens + other.cachedTokens,
          completionTokens + other.completionTokens,
          computeUs + other.computeUs,
          costMicros + other.costMicros);
    }

    Sums minus(Sums other) {
      return new Sums(
          requests - other.requests,
          promptTokens - other.promptTokens,
          cachedTokens - other.cachedTokens,
          completionTokens - other.completionTokens,
          computeUs - other.computeUs,
          costMicros - other.costMicros);
    }
  }

  /**
   * @param bucket its beginning; null for the sum of all
   * @param tenant whose it is, of a project or key
   */
  record Row(String id, String name, String tenant, Instant bucket, Sums sums) {}

  /** The groups that cost most, and the sum of all. */
  Mono<UsageReportController.Report> report(Query query) {
    return query.bucket().equals("hour")
        ? find(query, UsagePieces.ofHours(query.start(), query.end()), query.start())
            .map(UsageReportRows::report)
        : ofDays(query, TRIES);
  }

  /**
   * How far days are added up says which hours are read, and must still be so when they are: the
   * statement tells, and is repeated in the rare case that it is not.
   */
  private Mono<UsageReportController.Report> ofDays(Query query, int tries) {
    return database
        .sql("select until from usage_days_closed")
        .map(row -> row.get("until", Instant.class))
        .one()
        .flatMap(
            until ->
                find(query, UsagePieces.of(query.start(), query.end(), until), until)
                    .flatMap(
                        found -> {
                          if (found.until().equals(until)) {
                            return Mono.just(found.report());
                          }
                          return tries > 1
                              ? ofDays(query, tries - 1)
                              : Mono.error(new IllegalStateException("days change all the time"));
                        }));
  }

  private Mono<UsageReportRows> find(Query query, UsagePieces pieces, Instant until) {
    UsageReportRows rows = new UsageReportRows(query.series());
    return transactions.transactional(
        database
            .sql(ALONE_AND_PLANNED)
            .then()
            .then(
                Mono.defer(
                    () ->
                        new UsageReportSql(query, pieces, until)
                            .select()
                            .on(database)
                            .map(rows::add)
                            .all()
                            .then(Mono.just(rows)))));
  }
}
