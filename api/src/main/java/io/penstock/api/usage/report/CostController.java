package io.penstock.api.usage.report;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.usage.Money;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.ParameterIn;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import java.math.BigDecimal;
import java.util.List;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** What an organization, or a project by its key, was charged, in OpenAI's shape. */
@RestController
class CostController {
  private static final int MOST_DAYS = 180;

  private final ReportStore store;

  CostController(ReportStore store) {
    this.store = store;
  }

  /** By days of UTC. Prices are those at which requests were admitted. */
  @GetMapping("/v1/organization/costs")
  @Access(Right.USAGE)
  @Operation(summary = "What was charged, by day")
  @ReportParameters
  @Parameter(name = "bucket_width", in = ParameterIn.QUERY, description = "1d, the only one")
  @Parameter(
      name = "group_by",
      in = ParameterIn.QUERY,
      description = "project_id, api_key_id, line_item (the model)",
      array = @ArraySchema(schema = @Schema(type = "string")))
  @Parameter(
      name = "limit",
      in = ParameterIn.QUERY,
      description = "Days: up to " + MOST_DAYS,
      schema = @Schema(type = "integer"))
  Mono<ReportPage<Cost>> costs(
      @AuthenticationPrincipal Caller.OfTenant caller,
      @Parameter(hidden = true) ServerWebExchange exchange) {
    ReportQuery query =
        ReportQuery.parse(
            exchange.getRequest().getQueryParams(),
            caller,
            List.of(BucketWidth.DAY),
            MOST_DAYS,
            Grouping.OF_COSTS);
    return store.page(query).map(page -> ReportPage.of(query, page, Cost::of));
  }

  /** What a group was charged in a day; what was not grouped by is null. */
  record Cost(String object, Amount amount, Object lineItem, Object projectId, Object apiKeyId) {
    static Cost of(ReportStore.Result result) {
      return new Cost(
          "organization.costs.result",
          new Amount(Money.units(result.amountMicros()), Money.CURRENCY),
          result.groups().get(Grouping.LINE_ITEM),
          result.groups().get(Grouping.PROJECT_ID),
          result.groups().get(Grouping.API_KEY_ID));
    }
  }

  /**
   * @param value in units of the currency, exact
   * @param currency in lower case
   */
  record Amount(BigDecimal value, String currency) {}
}
