package io.penstock.api.openai;

import io.penstock.api.gateway.ServedModel;
import io.penstock.api.platform.error.ApiException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** The four forms of an embedding's input, as token ids within what the model takes. */
final class EmbeddingInputs {
  /** OpenAI's limit. */
  static final int MOST = 2048;

  private static final String INPUT = "input";
  private static final int LONGEST = -1;

  private final ServedModel model;
  private final boolean addSpecialTokens;
  private final Integer truncateTo; // null: longer inputs are refused

  /**
   * @param truncatePromptTokens null, -1 for the model's longest input, or at least 1
   */
  EmbeddingInputs(ServedModel model, boolean addSpecialTokens, Integer truncatePromptTokens) {
    this.model = model;
    this.addSpecialTokens = addSpecialTokens;
    if (truncatePromptTokens != null
        && truncatePromptTokens != LONGEST
        && (truncatePromptTokens < 1 || truncatePromptTokens > model.maxModelLen())) {
      throw Sampling.outOfRange(
          "truncate_prompt_tokens", "1 to %d, or -1 for that many".formatted(model.maxModelLen()));
    }
    this.truncateTo =
        truncatePromptTokens == null
            ? null
            : truncatePromptTokens == LONGEST ? model.maxModelLen() : truncatePromptTokens;
  }

  List<int[]> read(JsonNode input) {
    if (Texts.absent(input)) {
      throw ApiException.invalid(
          INPUT, "missing_required_parameter", "Missing required parameter: 'input'.");
    }
    if (input.isString()) {
      return List.of(text(input, INPUT));
    }
    if (!input.isArray()) {
      throw Texts.wrongType(INPUT, "a string, an array of strings, or token ids");
    }
    if (input.isEmpty()) {
      throw empty(INPUT);
    }
    if (input.get(0).isNumber()) {
      return List.of(ids(input, INPUT));
    }
    if (input.size() > MOST) {
      throw Sampling.outOfRange(
          INPUT, "at most %d inputs in one request, not %d".formatted(MOST, input.size()));
    }
    List<int[]> inputs = new ArrayList<>(input.size());
    for (int i = 0; i < input.size(); i++) {
      JsonNode one = input.get(i);
      String param = INPUT + "[" + i + "]";
      inputs.add(one.isString() ? text(one, param) : ids(one, param));
    }
    return inputs;
  }

  private int[] text(JsonNode node, String param) {
    String text = Texts.string(node, param);
    int[] ids = model.encode(text, addSpecialTokens, true);
    return truncateTo != null && ids.length > truncateTo
        ? truncated(text, ids)
        : checked(ids, param);
  }

  /** Cuts the text's own tokens, so that what the tokenizer puts around them stays. */
  private int[] truncated(String text, int[] whole) {
    int[] plain = model.encode(text, false, true);
    int around = whole.length - plain.length;
    int before = around;
    while (before > 0
        && !Arrays.equals(plain, 0, plain.length, whole, before, before + plain.length)) {
      before--;
    }
    int kept = truncateTo - around;
    if (kept < 1) {
      return Arrays.copyOf(whole, truncateTo);
    }
    int[] cut = Arrays.copyOf(whole, truncateTo);
    System.arraycopy(whole, before + plain.length, cut, before + kept, around - before);
    return cut;
  }

  private int[] ids(JsonNode node, String param) {
    int[] ids =
        Texts.tokenIds(node, param, model.vocabSize()).stream()
            .mapToInt(Integer::intValue)
            .toArray();
    return truncateTo != null && ids.length > truncateTo
        ? Arrays.copyOf(ids, truncateTo)
        : checked(ids, param);
  }

  private int[] checked(int[] ids, String param) {
    if (ids.length == 0) {
      throw empty(param);
    }
    if (ids.length > model.maxModelLen()) {
      throw ApiException.invalid(
          param,
          "context_length_exceeded",
          "This model takes inputs of at most %d tokens, but '%s' has %d. Please shorten it, or set 'truncate_prompt_tokens' to -1 to have it cut."
              .formatted(model.maxModelLen(), param, ids.length));
    }
    return ids;
  }

  private static ApiException empty(String param) {
    return ApiException.invalid(
        param, "invalid_value", "Invalid value for '%s': it has no tokens.".formatted(param));
  }
}
