package io.penstock.api.openai;

import io.penstock.api.gateway.ServedModel;
import io.penstock.api.platform.error.ApiException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** The four forms of a completions prompt, as token ids. */
final class Prompts {
  private final ServedModel model;
  private final boolean addSpecialTokens;
  private final int most;

  Prompts(ServedModel model, boolean addSpecialTokens, int most) {
    this.model = model;
    this.addSpecialTokens = addSpecialTokens;
    this.most = most;
  }

  List<int[]> read(JsonNode prompt) {
    if (Texts.absent(prompt)) {
      throw ApiException.invalid(
          "prompt", "missing_required_parameter", "Missing required parameter: 'prompt'.");
    }
    if (prompt.isString()) {
      return List.of(text(prompt, "prompt"));
    }
    if (!prompt.isArray()) {
      throw Texts.wrongType("prompt", "a string, an array of strings, or token ids");
    }
    if (prompt.isEmpty()) {
      throw empty("prompt");
    }
    if (prompt.get(0).isNumber()) {
      return List.of(ids(prompt, "prompt"));
    }
    if (prompt.size() > most) {
      throw Sampling.outOfRange("prompt", "at most " + most + " prompts in one request");
    }
    List<int[]> prompts = new ArrayList<>(prompt.size());
    for (int i = 0; i < prompt.size(); i++) {
      JsonNode one = prompt.get(i);
      String param = "prompt[" + i + "]";
      prompts.add(one.isString() ? text(one, param) : ids(one, param));
    }
    return prompts;
  }

  private int[] text(JsonNode node, String param) {
    String text = ContextLength.checkRoughly(model, Texts.string(node, param), "prompt");
    int[] ids = model.encode(text, addSpecialTokens, true);
    if (ids.length == 0) {
      throw empty(param);
    }
    return ids;
  }

  private int[] ids(JsonNode node, String param) {
    int[] ids =
        Texts.tokenIds(node, param, model.vocabSize()).stream()
            .mapToInt(Integer::intValue)
            .toArray();
    if (ids.length == 0) {
      throw empty(param);
    }
    return ids;
  }

  private static ApiException empty(String param) {
    return ApiException.invalid(
        param,
        "invalid_value",
        "Invalid value for '%s': the prompt has no tokens.".formatted(param));
  }
}
