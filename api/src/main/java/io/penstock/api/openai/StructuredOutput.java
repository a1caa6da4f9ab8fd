package io.penstock.api.openai;

import io.penstock.api.gateway.ServedModel;
import io.penstock.api.platform.error.ApiException;
import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.core.OutputConstraint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * What an answer must match: OpenAI's {@code response_format}, vLLM's {@code structured_outputs}
 * and its older {@code guided_*}. Of all of them at most one.
 */
final class StructuredOutput {
  private static final String FORMAT = "response_format";
  private static final String STRUCTURED = "structured_outputs";
  private static final String UNSUPPORTED = "unsupported_parameter";
  private static final String INVALID = "invalid_value";

  /** vLLM's names of backends and their fine tuning: ours is the only one. */
  private static final Set<String> TUNING =
      Set.of(
          "guided_decoding_backend",
          "disable_fallback",
          "disable_additional_properties",
          "whitespace_pattern",
          "guided_whitespace_pattern",
          "disable_any_whitespace");

  private static final Map<String, String> GUIDED =
      Map.of(
          "guided_json", "json",
          "guided_regex", "regex",
          "guided_choice", "choice",
          "guided_grammar", "grammar",
          "guided_json_object", "json_object");

  private StructuredOutput() {}

  /** Whether a field is read here. */
  static boolean knows(String field) {
    return field.equals(FORMAT)
        || field.equals(STRUCTURED)
        || GUIDED.containsKey(field)
        || field.equals("guided_decoding_backend")
        || field.equals("guided_whitespace_pattern");
  }

  /**
   * What the fields ask for, prepared by the model; null for any text.
   *
   * @throws ApiException 400 for what is malformed, contradictory or not supported
   */
  static OutputConstraint prepare(Map<String, JsonNode> fields, ServedModel model) {
    Map<String, OutputConstraint> asked = new TreeMap<>(); // the same two are named always
    String[] schemaName = {null};
    fields.forEach(
        (name, value) -> {
          if (!knows(name) || value.isNull()) {
            return;
          }
          OutputConstraint constraint =
              switch (name) {
                case FORMAT -> {
                  schemaName[0] = value.path("json_schema").path("name").asString("");
                  yield format(value);
                }
                case STRUCTURED -> structured(value);
                default -> TUNING.contains(name) ? null : kind(GUIDED.get(name), value, name);
              };
          if (constraint != null) {
            asked.put(name, constraint);
          }
        });
    if (asked.size() > 1) {
      List<String> names = List.copyOf(asked.keySet());
      throw ApiException.invalid(
          names.get(1),
          INVALID,
          "'%s' and '%s' cannot be combined: use one of them."
              .formatted(names.get(0), names.get(1)));
    }
    if (asked.isEmpty()) {
      return null;
    }
    Map.Entry<String, OutputConstraint> only = asked.entrySet().iterator().next();
    try {
      model.prepare(only.getValue());
    } catch (ConstraintException e) {
      throw fault(only.getKey(), only.getValue(), schemaName[0], e);
    }
    return only.getValue();
  }

  private static ApiException fault(
      String param, OutputConstraint constraint, String schemaName, ConstraintException e) {
    if (!(constraint instanceof OutputConstraint.Json)) {
      return ApiException.invalid(
          param, INVALID, "Invalid value for '%s': %s".formatted(param, e.getMessage()));
    }
    String named = param.equals(FORMAT) ? " '" + schemaName + "'" : "";
    return ApiException.invalid(
        param,
        "invalid_json_schema",
        "Invalid schema for %s%s: In context=%s, %s (%s)"
            .formatted(param, named, context(e.path()), e.getMessage(), e.pointer()));
  }

  /** A path as OpenAI's errors write it. */
  static String context(List<String> path) {
    List<String> quoted = path.stream().map(step -> "'" + step + "'").toList();
    return "(" + String.join(", ", quoted) + (path.size() == 1 ? ",)" : ")");
  }

  // ---- OpenAI

  private static OutputConstraint format(JsonNode format) {
    if (!format.isObject()) {
      throw Texts.wrongType(FORMAT, "an object");
    }
    String type = format.path("type").asString("");
    return switch (type) {
      case "text" -> null;
      case "json_object" -> new OutputConstraint.JsonObject();
      case "json_schema" -> jsonSchema(format.path("json_schema"));
      case "" ->
          throw ApiException.invalid(
              "response_format.type",
              "missing_required_parameter",
              "Missing required parameter: 'response_format.type'.");
      default ->
          throw ApiException.invalid(
              "response_format.type",
              INVALID,
              "Invalid value: '%s'. Supported values are: 'text', 'json_object', and 'json_schema'."
                  .formatted(type));
    };
  }

  private static OutputConstraint jsonSchema(JsonNode given) {
    String param = FORMAT + ".json_schema";
    if (!given.isObject()) {
      throw ApiException.invalid(
          param,
          "missing_required_parameter",
          "Missing required parameter: '%s'.".formatted(param));
    }
    String name = given.path("name").asString("");
    if (name.isEmpty()) {
      throw ApiException.invalid(
          param + ".name",
          "missing_required_parameter",
          "Missing required parameter: '%s.name'.".formatted(param));
    }
    if (!name.matches("[a-zA-Z0-9_-]{1,64}")) {
      throw ApiException.invalid(
          param + ".name",
          INVALID,
          "Invalid '%s.name': it must have 1 to 64 characters out of a-z, A-Z, 0-9, underscore and dash."
              .formatted(param));
    }
    JsonNode strict = given.path("strict");
    if (!strict.isMissingNode() && !strict.isNull() && !strict.isBoolean()) {
      throw Texts.wrongType(param + ".strict", "a boolean");
    }
    JsonNode schema = given.path("schema");
    if (schema.isMissingNode() || schema.isNull()) {
      if (strict.isBoolean() && strict.booleanValue()) {
        throw ApiException.invalid(
            param + ".schema",
            "missing_required_parameter",
            "Missing required parameter: '%s.schema'.".formatted(param));
      }
      return new OutputConstraint.JsonObject();
    }
    if (!schema.isObject()) {
      throw Texts.wrongType(param + ".schema", "an object");
    }
    if (strict.isBoolean() && strict.booleanValue()) {
      StrictSchema.check(schema, name);
    }
    return new OutputConstraint.Json(schema.toString());
  }

  // ---- vLLM

  private static OutputConstraint structured(JsonNode asked) {
    if (!asked.isObject()) {
      throw Texts.wrongType(STRUCTURED, "an object");
    }
    OutputConstraint found = null;
    for (Map.Entry<String, JsonNode> entry : asked.properties()) {
      String param = STRUCTURED + "." + entry.getKey();
      JsonNode value = entry.getValue();
      if (value.isNull() || value.isBoolean() && !value.booleanValue()) {
        continue;
      }
      if (TUNING.contains(entry.getKey()) || entry.getKey().equals("structural_tag")) {
        throw ApiException.invalid(
            param, UNSUPPORTED, "'%s' is not supported by this server.".formatted(param));
      }
      if (!GUIDED.containsValue(entry.getKey())) {
        throw ApiException.invalid(
            param, "unknown_parameter", "Unrecognized request argument supplied: " + param);
      }
      if (found != null) {
        throw ApiException.invalid(
            STRUCTURED,
            INVALID,
            "'structured_outputs' must have one of 'json', 'regex', 'choice', 'grammar' and 'json_object', not several.");
      }
      found = kind(entry.getKey(), value, param);
    }
    return found;
  }

  private static OutputConstraint kind(String kind, JsonNode value, String param) {
    return switch (kind) {
      case "json" -> json(value, param);
      case "regex" -> new OutputConstraint.Regex(text(value, param));
      case "grammar" -> new OutputConstraint.Grammar(text(value, param));
      case "choice" -> choice(value, param);
      default -> {
        if (!value.isBoolean()) {
          throw Texts.wrongType(param, "a boolean");
        }
        yield value.booleanValue() ? new OutputConstraint.JsonObject() : null;
      }
    };
  }

  /** A schema, or one as JSON text. */
  private static OutputConstraint json(JsonNode value, String param) {
    if (!value.isObject() && !value.isString()) {
      throw Texts.wrongType(param, "a JSON schema: an object, or one as a string");
    }
    return new OutputConstraint.Json(value.isString() ? value.stringValue() : value.toString());
  }

  private static OutputConstraint choice(JsonNode value, String param) {
    if (!value.isArray() || value.isEmpty()) {
      throw Texts.wrongType(param, "a list of strings, at least one");
    }
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < value.size(); i++) {
      texts.add(text(value.get(i), param + "[" + i + "]"));
    }
    return new OutputConstraint.Choice(texts);
  }

  private static String text(JsonNode value, String param) {
    String text = Texts.string(value, param);
    if (text.isEmpty()) {
      throw ApiException.invalid(
          param, INVALID, "Invalid value for '%s': it is empty.".formatted(param));
    }
    return text;
  }
}
