package io.penstock.api.platform.web;

import io.penstock.api.platform.error.ApiException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/** What Jackson refuses, in the words of OpenAI's API. */
final class JsonErrors {
  private JsonErrors() {}

  static ApiException translate(JacksonException e) {
    String path = path(e);
    return switch (e) {
      case UnrecognizedPropertyException _ ->
          ApiException.invalid(
              path, "unknown_parameter", "Unrecognized request argument supplied: " + path);
      case MismatchedInputException m ->
          ApiException.invalid(
              path,
              "invalid_type",
              path == null
                  ? "The request body must be a JSON object."
                  : "Invalid type for '%s': expected %s.".formatted(path, expected(m)));
      case StreamReadException s when path != null && s.getMessage().contains("out of range") ->
          ApiException.invalid(
              path,
              "invalid_value",
              "Invalid value for '%s': the number is too large.".formatted(path));
      default -> malformed(e);
    };
  }

  private static ApiException malformed(JacksonException e) {
    TokenStreamLocation at = e.getLocation();
    String where =
        at == null ? "" : " at line %d, column %d".formatted(at.getLineNr(), at.getColumnNr());
    return ApiException.invalid(
        null,
        "invalid_json",
        "We could not parse the JSON body of your request%s: %s."
            .formatted(where, e.getOriginalMessage().lines().findFirst().orElse("")));
  }

  /** Such as {@code stream_options.include_usage}; null at the root. */
  private static String path(JacksonException e) {
    List<JacksonException.Reference> references = e.getPath();
    StringBuilder path = new StringBuilder();
    for (JacksonException.Reference reference : references) {
      if (reference.getPropertyName() == null) {
        path.append('[').append(reference.getIndex()).append(']');
      } else {
        path.append(path.isEmpty() ? "" : ".").append(reference.getPropertyName());
      }
    }
    return path.isEmpty() ? null : path.toString();
  }

  private static String expected(MismatchedInputException e) {
    Class<?> type = e.getTargetType();
    if (type == null) {
      return "another type";
    }
    if (type == Integer.class || type == int.class || type == Long.class || type == long.class) {
      return "an integer";
    }
    if (Number.class.isAssignableFrom(type) || type == double.class || type == float.class) {
      return "a number";
    }
    if (type == Boolean.class || type == boolean.class) {
      return "a boolean";
    }
    if (CharSequence.class.isAssignableFrom(type)) {
      return "a string";
    }
    if (type.isArray() || Collection.class.isAssignableFrom(type)) {
      return "an array";
    }
    return Map.class.isAssignableFrom(type) || type.isRecord() ? "an object" : "another value";
  }
}
