package io.penstock.engine.weights;

import io.penstock.engine.core.ModelLoadException;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * The {@code added_tokens} of a {@code tokenizer.json}, read without the vocabulary around them,
 * which can have tens of megabytes.
 */
final class AddedTokens {
  private AddedTokens() {}

  /** Contents by id. */
  static Map<Integer, String> of(String tokenizerJson) {
    Map<Integer, String> tokens = new HashMap<>();
    try (JsonParser parser = Json.parser(tokenizerJson)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new ModelLoadException("tokenizer.json: expected a JSON object");
      }
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        boolean wanted = parser.currentName().equals("added_tokens");
        JsonToken value = parser.nextToken();
        if (wanted && value == JsonToken.START_ARRAY) {
          while (parser.nextToken() == JsonToken.START_OBJECT) {
            readToken(parser, tokens);
          }
          return tokens;
        }
        parser.skipChildren();
      }
      return tokens;
    } catch (JacksonException e) {
      throw new ModelLoadException("tokenizer.json: malformed JSON: " + e.getOriginalMessage(), e);
    }
  }

  private static void readToken(JsonParser parser, Map<Integer, String> tokens) {
    int id = -1;
    String content = null;
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      if (name.equals("id") && value == JsonToken.VALUE_NUMBER_INT) {
        id = parser.getValueAsInt(-1);
      } else if (name.equals("content") && value == JsonToken.VALUE_STRING) {
        content = parser.getString();
      }
      parser.skipChildren();
    }
    if (id >= 0 && content != null) {
      tokens.put(id, content);
    }
  }
}
