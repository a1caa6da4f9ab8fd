package io.penstock.api.usage.report;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.usage.UsageKind;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import java.util.List;
import java.util.function.Function;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** What an organization, or a project by its key, has used, in OpenAI's shape. */
@RestController
class UsageController {
  private static final List<BucketWidth> WIDTHS =
      List.of(BucketWidth.MINUTE, BucketWidth.HOUR, BucketWidth.DAY);

  private final ReportStore store;

  UsageController(ReportStore store) {
    this.store = store;
  }

  /** Requests count where they ended; buckets are of UTC. */
  @GetMapping("/v1/organization/usage/completions")
  @Access(Right.USAGE)
  @Operation(summary = "What was generated, by minute, hour or day")
  @UsageParameters
  Mono<ReportPage<CompletionsUsage>> completions(
      @AuthenticationPrincipal Caller.OfTenant caller,
      @Parameter(hidden = true) ServerWebExchange exchange) {
    return page(exchange, caller, UsageKind.COMPLETIONS, CompletionsUsage::of);
  }

  /** The same of requests that embed. */
  @GetMapping("/v1/organization/usage/embeddings")
  @Access(Right.USAGE)
  @Operation(summary = "What was embedded, by minute, hour or day")
  @UsageParameters
  Mono<ReportPage<EmbeddingsUsage>> embeddings(
      @AuthenticationPrincipal Caller.OfTenant caller,
      @Parameter(hidden = true) ServerWebExchange exchange) {
    return page(exchange, caller, UsageKind.EMBEDDINGS, EmbeddingsUsage::of);
  }

  private <T> Mono<ReportPage<T>> page(
      ServerWebExchange exchange,
      Caller.OfTenant caller,
      UsageKind operation,
      Function<ReportStore.Result, T> shape) {
    ReportQuery query =
        ReportQuery.parse(
                exchange.getRequest().getQueryParams(),
                caller,
                WIDTHS,
                BucketWidth.DAY.mostBuckets(),
                Grouping.OF_USAGE)
            .of(operation);
    return store.page(query).map(page -> ReportPage.of(query, page, shape));
  }

  /**
   * What a group used in a bucket; what was not grouped by is null.
   *
   * @param inputTokens cached ones included
   * @param computeSeconds of the device's time
   */
  record CompletionsUsage(
      String object,
      long inputTokens,
      long outputTokens,
      long inputCachedTokens,
      long inputAudioTokens,
      long outputAudioTokens,
      long numModelRequests,
      double computeSeconds,
      Object projectId,
      Object userId,
      Object apiKeyId,
      Object model,
      Object batch,
      Object serviceTier) {
    static CompletionsUsage of(ReportStore.Result result) {
      return new CompletionsUsage(
          "organization.usage.completions.result",
          result.promptTokens(),
          result.completionTokens(),
          result.cachedTokens(),
          0,
          0,
          result.requests(),
          result.computeUs() / 1e6,
          result.groups().get(Grouping.PROJECT_ID),
          null,
          result.groups().get(Grouping.API_KEY_ID),
          result.groups().get(Grouping.MODEL),
          result.groups().get(Grouping.BATCH),
          result.groups().get(Grouping.SERVICE_TIER));
    }
  }

  /** What a group embedded in a bucket. */
  record EmbeddingsUsage(
      String object,
      long inputTokens,
      long numModelRequests,
      double computeSeconds,
      Object projectId,
      Object userId,
      Object apiKeyId,
      Object model,
      Object batch,
      Object serviceTier) {
    static EmbeddingsUsage of(ReportStore.Result result) {
      return new EmbeddingsUsage(
          "organization.usage.embeddings.result",
          result.promptTokens(),
          result.requests(),
          result.computeUs() / 1e6,
          result.groups().get(Grouping.PROJECT_ID),
          null,
          result.groups().get(Grouping.API_KEY_ID),
          result.groups().get(Grouping.MODEL),
          result.groups().get(Grouping.BATCH),
          result.groups().get(Grouping.SERVICE_TIER));
    }
  }
}
