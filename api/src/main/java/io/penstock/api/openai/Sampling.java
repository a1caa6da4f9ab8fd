package io.penstock.api.openai;

import io.penstock.api.gateway.ServedModel;
import io.penstock.api.platform.error.ApiException;
import io.penstock.engine.core.SamplingParams;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * From a request's fields to the engine's parameters. What the request leaves out comes from the
 * model's generation_config.json, then from OpenAI's defaults.
 */
final class Sampling {
  private static final int MOST_STOPS = 16;
  private static final double MOST_TEMPERATURE = 2;
  private static final double MOST_BIAS = 100;

  private Sampling() {}

  /**
   * @param maxTokens as checked by {@link ContextLength}
   * @param topLogprobs alternatives to report, or null for no log-probabilities
   */
  static SamplingParams of(
      SamplingFields fields, ServedModel model, int maxTokens, Integer topLogprobs) {
    Map<String, Object> defaults = model.generationDefaults();
    double temperature = number(fields.temperature(), defaults, "temperature", 1);
    if (fields.temperature() != null && !(temperature >= 0 && temperature <= MOST_TEMPERATURE)) {
      throw outOfRange("temperature", "between 0 and 2");
    }
    int topK = (int) number(asDouble(fields.topK()), defaults, "top_k", 0);
    if (fields.minTokens() != null && fields.minTokens() > maxTokens) {
      throw outOfRange("min_tokens", "between 0 and max_tokens");
    }
    if (topLogprobs != null && (topLogprobs < 0 || topLogprobs > SamplingParams.MAX_TOP_LOGPROBS)) {
      throw outOfRange("top_logprobs", "between 0 and " + SamplingParams.MAX_TOP_LOGPROBS);
    }
    return new SamplingParams(
        temperature,
        number(fields.topP(), defaults, "top_p", 1),
        topK == -1 ? 0 : topK, // vLLM's spelling of "all"
        number(fields.minP(), defaults, "min_p", 0),
        number(fields.repetitionPenalty(), defaults, "repetition_penalty", 1),
        orElse(fields.presencePenalty(), 0.0),
        orElse(fields.frequencyPenalty(), 0.0),
        logitBias(fields.logitBias(), model.vocabSize()),
        fields.seed(),
        maxTokens,
        orElse(fields.minTokens(), 0),
        stops(fields.stop()),
        Texts.absent(fields.stopTokenIds())
            ? List.of()
            : Texts.tokenIds(fields.stopTokenIds(), "stop_token_ids", model.vocabSize()),
        orElse(fields.ignoreEos(), false),
        orElse(fields.n(), 1),
        topLogprobs != null,
        topLogprobs == null ? 0 : topLogprobs,
        orElse(fields.skipSpecialTokens(), true),
        orElse(fields.includeStopStrInOutput(), false));
  }

  private static double number(
      Double given, Map<String, Object> defaults, String name, double otherwise) {
    if (given != null) {
      return given;
    }
    return defaults.get(name) instanceof Number number ? number.doubleValue() : otherwise;
  }

  private static Double asDouble(Integer value) {
    return value == null ? null : value.doubleValue();
  }

  private static Map<Integer, Float> logitBias(Map<String, Double> bias, int vocabSize) {
    if (bias == null) {
      return Map.of();
    }
    Map<Integer, Float> result = new HashMap<>();
    bias.forEach(
        (key, value) -> {
          String param = "logit_bias." + key;
          if (!key.matches("\\d{1,9}") || Integer.parseInt(key) >= vocabSize) {
            throw ApiException.invalid(
                param,
                "invalid_value",
                "Invalid key in 'logit_bias': '%s' is not a token id of the model (0 to %d)."
                    .formatted(key, vocabSize - 1));
          }
          if (value == null || !(Math.abs(value) <= MOST_BIAS)) {
            throw outOfRange(param, "between -100 and 100");
          }
          result.put(Integer.valueOf(key), value.floatValue());
        });
    return result;
  }

  private static List<String> stops(JsonNode stop) {
    if (Texts.absent(stop)) {
      return List.of();
    }
    if (stop.isString()) {
      return List.of(nonEmpty(Texts.string(stop, "stop"), "stop"));
    }
    if (!stop.isArray()) {
      throw Texts.wrongType("stop", "a string or an array of strings");
    }
    if (stop.size() > MOST_STOPS) {
      throw outOfRange("stop", "at most " + MOST_STOPS + " strings");
    }
    List<String> stops = new ArrayList<>();
    for (int i = 0; i < stop.size(); i++) {
      String param = "stop[" + i + "]";
      stops.add(nonEmpty(Texts.string(stop.get(i), param), param));
    }
    return stops;
  }

  private static String nonEmpty(String text, String param) {
    if (text.isEmpty()) {
      throw ApiException.invalid(
          param, "invalid_value", "Invalid value for '%s': it is empty.".formatted(param));
    }
    return text;
  }

  private static <T> T orElse(T value, T otherwise) {
    return value == null ? otherwise : value;
  }

  static ApiException outOfRange(String param, String range) {
    return ApiException.invalid(
        param, "invalid_value", "Invalid value for '%s': it must be %s.".formatted(param, range));
  }
}
