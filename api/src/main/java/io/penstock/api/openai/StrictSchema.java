package io.penstock.api.openai;

import io.penstock.api.platform.error.ApiException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * OpenAI's rules for schemas with {@code strict: true}: the root is an object, and every object
 * requires all of its properties and allows no others. Says what is wrong in OpenAI's words.
 */
final class StrictSchema {
  private static final List<String> MAPS = List.of("properties", "$defs", "definitions");
  private static final List<String> LISTS = List.of("anyOf", "prefixItems");

  private final String name;

  private StrictSchema(String name) {
    this.name = name;
  }

  /**
   * @param name of the format
   * @throws ApiException 400 when a rule is broken
   */
  static void check(JsonNode schema, String name) {
    StrictSchema rules = new StrictSchema(name);
    String type = schema.path("type").asString("");
    if (!schema.has("$ref") && !type.equals("object")) {
      throw rules.fault(
          List.of(),
          "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"%s\"'."
              .formatted(type.isEmpty() ? "None" : type));
    }
    rules.walk(schema, List.of());
  }

  private void walk(JsonNode schema, List<String> path) {
    if (!schema.isObject()) {
      return;
    }
    for (String keyword : List.of("allOf", "oneOf", "not", "if", "patternProperties")) {
      if (schema.has(keyword)) {
        throw fault(path, "'%s' is not permitted.".formatted(keyword));
      }
    }
    if (isObject(schema)) {
      checkObject(schema, path);
    }
    for (String keyword : MAPS) {
      for (Map.Entry<String, JsonNode> entry : schema.path(keyword).properties()) {
        walk(entry.getValue(), to(to(path, keyword), entry.getKey()));
      }
    }
    for (String keyword : LISTS) {
      JsonNode list = schema.path(keyword);
      for (int i = 0; i < list.size(); i++) {
        walk(list.get(i), to(to(path, keyword), Integer.toString(i)));
      }
    }
    walk(schema.path("items"), to(path, "items"));
  }

  private static boolean isObject(JsonNode schema) {
    JsonNode type = schema.path("type");
    boolean listed = false;
    for (JsonNode one : type) {
      listed |= one.asString("").equals("object");
    }
    return listed || type.asString("").equals("object") || schema.has("properties");
  }

  private void checkObject(JsonNode schema, List<String> path) {
    JsonNode additional = schema.path("additionalProperties");
    if (!additional.isBoolean() || additional.booleanValue()) {
      throw fault(path, "'additionalProperties' is required to be supplied and to be false.");
    }
    Set<String> required = new HashSet<>();
    schema.path("required").forEach(one -> required.add(one.asString("")));
    for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
      if (!required.contains(property.getKey())) {
        throw fault(
            path,
            "'required' is required to be supplied and to be an array including every key in properties. Missing '%s'."
                .formatted(property.getKey()));
      }
    }
  }

  private static List<String> to(List<String> path, String step) {
    List<String> longer = new ArrayList<>(path);
    longer.add(step);
    return longer;
  }

  private ApiException fault(List<String> path, String problem) {
    return ApiException.invalid(
        "response_format",
        "invalid_json_schema",
        "Invalid schema for response_format '%s': In context=%s, %s"
            .formatted(name, StructuredOutput.context(path), problem));
  }
}
