package io.penstock.api.tenancy;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.limits.LimitScope;
import io.penstock.api.gateway.limits.LimitSetting;
import io.penstock.api.platform.error.ApiException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;

/**
 * Rate limits of a project for a model, in OpenAI's shape; {@code *} is all models together. What
 * is {@value #NONE}, or null where OpenAI's clients take null, is not limited here: the
 * organization's limits and the plan's count all the same.
 *
 * @param id made of the model's, so that it can stand in a path
 */
record RateLimits(
    String object,
    String id,
    String model,
    @JsonProperty("max_requests_per_1_minute") Long maxRequestsPer1Minute,
    @JsonProperty("max_tokens_per_1_minute") Long maxTokensPer1Minute,
    @JsonProperty("max_requests_per_1_day") Long maxRequestsPer1Day,
    @JsonProperty("max_tokens_per_1_day") Long maxTokensPer1Day,
    Long maxConcurrentRequests) {
  static final String ALL = "*";

  /** OpenAI's clients want a number for each minute. */
  static final long NONE = 1_000_000_000_000_000L;

  private static final String PREFIX = "rl-";
  private static final String ID_OF_ALL = PREFIX + "all";
  private static final String ID_OF_MODEL = PREFIX + "m-";

  /** Of the settings of a project those for a model. */
  static RateLimits of(String model, List<LimitSetting> settings) {
    return new RateLimits(
        "project.rate_limit",
        id(model),
        model,
        orNone(value(LimitKind.REQUESTS_PER_MINUTE, model, settings)),
        orNone(value(LimitKind.TOKENS_PER_MINUTE, model, settings)),
        value(LimitKind.REQUESTS_PER_DAY, model, settings),
        value(LimitKind.TOKENS_PER_DAY, model, settings),
        value(LimitKind.CONCURRENT_REQUESTS, model, settings));
  }

  private static Long orNone(Long limit) {
    return limit == null ? Long.valueOf(NONE) : limit;
  }

  private static Long value(LimitKind kind, String model, List<LimitSetting> settings) {
    return settings.stream()
        .filter(limit -> limit.kind() == kind && limit.model().equals(key(model)))
        .findFirst()
        .map(LimitSetting::value)
        .orElse(null);
  }

  /** As it stands in a setting. */
  static String key(String model) {
    return model.equals(ALL) ? "" : model;
  }

  static String model(LimitSetting limit) {
    return limit.model().isEmpty() ? ALL : limit.model();
  }

  private static String id(String model) {
    return model.equals(ALL)
        ? ID_OF_ALL
        : ID_OF_MODEL
            + Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(model.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The model that an id names.
   *
   * @throws ApiException 404 when it names none
   */
  static String modelOf(String id) {
    if (id.equals(ID_OF_ALL)) {
      return ALL;
    }
    try {
      String model =
          id.startsWith(ID_OF_MODEL) && id.length() <= 300
              ? new String(
                  Base64.getUrlDecoder().decode(id.substring(ID_OF_MODEL.length())),
                  StandardCharsets.UTF_8)
              : "";
      if (model.matches("[\\x21-\\x7e]{1,200}") && id(model).equals(id)) {
        return model;
      }
    } catch (IllegalArgumentException _) {
      // then it is no id of ours
    }
    throw ApiException.notFound(
        "rate_limit_not_found", "rate_limit_id", "There is no such rate limit.");
  }

  /** What a request changes; null leaves it as it is. */
  record Change(
      @JsonProperty("max_requests_per_1_minute") Long maxRequestsPer1Minute,
      @JsonProperty("max_tokens_per_1_minute") Long maxTokensPer1Minute,
      @JsonProperty("max_requests_per_1_day") Long maxRequestsPer1Day,
      @JsonProperty("max_tokens_per_1_day") Long maxTokensPer1Day,
      Long maxConcurrentRequests) {

    List<LimitSetting> toLimits(UUID projectId, String model) {
      List<LimitSetting> limits = new ArrayList<>();
      add(
          limits,
          projectId,
          model,
          LimitKind.REQUESTS_PER_MINUTE,
          maxRequestsPer1Minute,
          "max_requests_per_1_minute");
      add(
          limits,
          projectId,
          model,
          LimitKind.TOKENS_PER_MINUTE,
          maxTokensPer1Minute,
          "max_tokens_per_1_minute");
      add(
          limits,
          projectId,
          model,
          LimitKind.REQUESTS_PER_DAY,
          maxRequestsPer1Day,
          "max_requests_per_1_day");
      add(
          limits,
          projectId,
          model,
          LimitKind.TOKENS_PER_DAY,
          maxTokensPer1Day,
          "max_tokens_per_1_day");
      add(
          limits,
          projectId,
          model,
          LimitKind.CONCURRENT_REQUESTS,
          maxConcurrentRequests,
          "max_concurrent_requests");
      if (limits.isEmpty()) {
        throw ApiException.invalid(null, "The request changes no limit.");
      }
      return limits;
    }

    private static void add(
        List<LimitSetting> limits,
        UUID projectId,
        String model,
        LimitKind kind,
        Long value,
        String param) {
      if (value == null) {
        return;
      }
      if (value < 0) {
        throw ApiException.invalid(param, param + " must be at least 0.");
      }
      limits.add(
          new LimitSetting(
              LimitScope.PROJECT, projectId.toString(), key(model), kind, value, false));
    }
  }
}
