package io.penstock.api.usage.report;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.ParameterIn;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
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
  @Operation(summary = "What was used, by minute, hour or day")
  @Parameter(
      name = "start_time",
      in = ParameterIn.QUERY,
      required = true,
      description = "Seconds since 1970; its bucket is the first",
      schema = @Schema(type = "integer"))
  @Parameter(
      name = "end_time",
      in = ParameterIn.QUERY,
      description = "Exclusive; now by default",
      schema = @Schema(type = "integer"))
  @Parameter(
      name = "bucket_width",
      in = ParameterIn.QUERY,
      description = "1m, 1h or 1d, the default")
  @Parameter(
      name = "project_ids",
      in = ParameterIn.QUERY,
      array = @ArraySchema(schema = @Schema(type = "string")))
  @Parameter(
      name = "api_key_ids",
      in = ParameterIn.QUERY,
      array = @ArraySchema(schema = @Schema(type = "string")))
  @Parameter(
      name = "models",
      in = ParameterIn.QUERY,
      array = @ArraySchema(schema = @Schema(type = "string")))
  @Parameter(
      name = "batch",
      in = ParameterIn.QUERY,
      description = "Only the tier batch, or only others",
      schema = @Schema(type = "boolean"))
  @Parameter(
      name = "group_by",
      in = ParameterIn.QUERY,
      description = "project_id, api_key_id, model, service_tier, batch, user_id (always null)",
      array = @ArraySchema(schema = @Schema(type = "string")))
  @Parameter(
      name = "limit",
      in = ParameterIn.QUERY,
      description = "Buckets: up to 1440 of 1m, 168 of 1h, 31 of 1d",
      schema = @Schema(type = "integer"))
  @Parameter(name = "page", in = ParameterIn.QUERY, description = "next_page of the page before")
  Mono<ReportPage<CompletionsUsage>> completions(
      @AuthenticationPrincipal Caller.OfTenant caller,
      @Parameter(hidden = true) ServerWebExchange exchange) {
    ReportQuery query =
        ReportQuery.parse(
            exchange.getRequest().getQueryParams(),
            caller,
            WIDTHS,
            BucketWidth.DAY.mostBuckets(),
            Grouping.OF_USAGE);
    return store.page(query).map(page -> ReportPage.of(query, page, CompletionsUsage::of));
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
}
