package io.penstock.api.quota.price;

import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.error.ApiException;
import java.time.Instant;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Prices, for the operator. A request keeps the price of its admission. */
@RestController
@Access(Right.OPERATOR)
class PriceAdminController {
  private static final int MOST = 500;
  private static final int LONGEST_MODEL = 200;
  private static final long MOST_COMPUTE_US = 1_000_000;

  private final PriceStore prices;
  private final AuditLog audit;

  PriceAdminController(PriceStore prices, AuditLog audit) {
    this.prices = prices;
    this.audit = audit;
  }

  /** Adds a version; those before it stay as they are. */
  @PostMapping("/admin/prices")
  @ResponseStatus(HttpStatus.CREATED)
  Mono<Price> add(@RequestBody NewPrice body) {
    Price price = body.toPrice();
    return audit
        .record(
            prices
                .add(price)
                .map(
                    added ->
                        new AuditEntry(null, null, "price.added", added.model(), null, added)
                            .with(added)))
        .switchIfEmpty(
            Mono.error(
                () ->
                    ApiException.of(
                        HttpStatus.CONFLICT,
                        ApiException.INVALID_REQUEST,
                        "already_exists",
                        "valid_from",
                        "A price of '%s' begins at that time or later.".formatted(price.model()))));
  }

  /**
   * @param afterModel and {@code afterVersion}: the last of the page before
   */
  @GetMapping("/admin/prices")
  Mono<Page> list(
      @RequestParam(defaultValue = "") String model,
      @RequestParam(defaultValue = "100") int limit,
      @RequestParam(name = "after_model", defaultValue = "") String afterModel,
      @RequestParam(name = "after_version", defaultValue = "0") int afterVersion) {
    if (limit < 1 || limit > MOST) {
      return Mono.error(ApiException.invalid("limit", "limit must be between 1 and " + MOST + "."));
    }
    return prices
        .page(model, afterModel, afterVersion, limit + 1)
        .collectList()
        .map(
            rows ->
                new Page(rows.size() > limit ? rows.subList(0, limit) : rows, rows.size() > limit));
  }

  /**
   * Micro-units of the currency for a million tokens, and for a second of the device.
   *
   * @param validFrom now when left out
   * @param cached as {@code prompt} when left out; the others are 0
   * @param maxComputeUsPerToken must be there when {@code computeSecond} is: the most microseconds
   *     that a token is charged for
   */
  record NewPrice(
      String model,
      Instant validFrom,
      Long prompt,
      Long cached,
      Long completion,
      Long computeSecond,
      Long maxComputeUsPerToken) {
    Price toPrice() {
      if (model == null
          || model.isBlank()
          || model.length() > LONGEST_MODEL
          || model.chars().anyMatch(Character::isISOControl)) {
        throw ApiException.invalid("model", "model must be the id of a model.");
      }
      long ofPrompt = checked("prompt", prompt, 0, Price.LARGEST);
      long ofCompute = checked("compute_second", computeSecond, 0, Price.LARGEST);
      long most = checked("max_compute_us_per_token", maxComputeUsPerToken, 0, MOST_COMPUTE_US);
      if (ofCompute > 0 && most == 0) {
        throw ApiException.invalid(
            "max_compute_us_per_token",
            "A price for computing needs max_compute_us_per_token, so that what a request can cost is bounded.");
      }
      return new Price(
          model,
          0,
          validFrom == null ? Instant.EPOCH : validFrom,
          ofPrompt,
          checked("cached", cached, ofPrompt, Price.LARGEST),
          checked("completion", completion, 0, Price.LARGEST),
          ofCompute,
          most);
    }

    private static long checked(String name, Long value, long otherwise, long most) {
      if (value == null) {
        return otherwise;
      }
      if (value < 0 || value > most) {
        throw ApiException.invalid(name, "%s must be between 0 and %d.".formatted(name, most));
      }
      return value;
    }
  }

  record Page(List<Price> data, boolean hasMore) {}
}
