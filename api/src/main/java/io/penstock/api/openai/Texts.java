package io.penstock.api.openai;

import io.penstock.api.platform.error.ApiException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Reads fields that may have several JSON types. */
public final class Texts {
  private Texts() {}

  /** JSON can spell half of a surrogate pair, which is no text. */
  public static String checked(String text, String param) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw ApiException.invalid(
            param,
            "invalid_value",
            "Invalid value for '%s': it has an unpaired surrogate (\\u%04x), which is not Unicode text."
                .formatted(param, (int) c));
      }
    }
    return text;
  }

  public static boolean absent(JsonNode node) {
    return node == null || node.isNull() || node.isMissingNode();
  }

  public static String string(JsonNode node, String param) {
    if (!node.isString()) {
      throw wrongType(param, "a string");
    }
    return checked(node.stringValue(), param);
  }

  public static List<Integer> tokenIds(JsonNode node, String param, int vocabSize) {
    if (!node.isArray()) {
      throw wrongType(param, "an array of token ids");
    }
    List<Integer> ids = new ArrayList<>(node.size());
    for (int i = 0; i < node.size(); i++) {
      ids.add(tokenId(node.get(i), param + "[" + i + "]", vocabSize));
    }
    return ids;
  }

  public static int tokenId(JsonNode node, String param, int vocabSize) {
    if (!node.isIntegralNumber()) {
      throw wrongType(param, "a token id");
    }
    if (!node.canConvertToInt() || node.intValue() < 0 || node.intValue() >= vocabSize) {
      throw ApiException.invalid(
          param,
          "invalid_value",
          "Invalid value for '%s': the model's token ids are 0 to %d."
              .formatted(param, vocabSize - 1));
    }
    return node.intValue();
  }

  public static ApiException wrongType(String param, String expected) {
    return ApiException.invalid(
        param, "invalid_type", "Invalid type for '%s': expected %s.".formatted(param, expected));
  }
}
