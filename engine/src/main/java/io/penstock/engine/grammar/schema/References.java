package io.penstock.engine.grammar.schema;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;

/**
 * Finds what {@code $ref} means within one document: JSON pointers, and {@code $anchor}s of
 * definitions.
 */
final class References {
  private static final String[] DEFINITIONS = {"$defs", "definitions"};

  private final JsonNode root;

  References(JsonNode root) {
    this.root = root;
  }

  /**
   * @param path of the reference
   */
  JsonNode target(JsonNode ref, Path path) {
    if (!ref.isString()) {
      throw path.fault("'$ref' must be a string.");
    }
    String pointer = ref.stringValue();
    if (!pointer.startsWith("#")) {
      throw path.fault("'$ref' must point into the schema itself, such as '#/$defs/name'.");
    }
    JsonNode target =
        pointer.length() > 1 && pointer.charAt(1) != '/' ? anchor(pointer) : follow(pointer);
    if (target == null) {
      throw path.fault("'$ref' points to nothing: the schema has no '%s'.".formatted(pointer));
    }
    return target;
  }

  private JsonNode follow(String pointer) {
    JsonNode at = root;
    for (String step : path(pointer).steps()) {
      at = at.isArray() && step.matches("\\d{1,9}") ? at.get(Integer.parseInt(step)) : at.get(step);
      if (at == null) {
        return null;
      }
    }
    return at;
  }

  private JsonNode anchor(String pointer) {
    for (String definitions : DEFINITIONS) {
      for (JsonNode definition : root.path(definitions)) {
        if (definition.path("$anchor").asString("").equals(pointer.substring(1))) {
          return definition;
        }
      }
    }
    return null;
  }

  /** Where a reference points, as a path. */
  Path path(String pointer) {
    Path path = Path.ROOT;
    if (pointer.length() < 2) {
      return path;
    }
    for (String step : pointer.substring(2).split("/", -1)) {
      String decoded;
      try {
        decoded = URLDecoder.decode(step.replace("+", "%2B"), StandardCharsets.UTF_8);
      } catch (IllegalArgumentException e) { // a lone percent sign
        decoded = step;
      }
      path = path.to(decoded.replace("~1", "/").replace("~0", "~"));
    }
    return path;
  }
}
