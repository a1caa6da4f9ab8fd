package io.penstock.api.openai.batches;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The requests in a file, one a line, and what is wrong with them; a batch is run only if nothing
 * is.
 */
record BatchInput(List<Line> lines, List<BatchObject.Problem> problems) {
  private static final int MOST_LINES = 50_000;
  private static final int MOST_PROBLEMS = 50;
  private static final int LONGEST_ID = 512;

  /**
   * @param number from 1
   * @param body of the request, as JSON
   */
  record Line(int number, String customId, String body) {}

  static BatchInput read(byte[] content, String endpoint, JsonMapper json) {
    BatchInput input = new BatchInput(new ArrayList<>(), new ArrayList<>());
    String text = text(content);
    if (text == null) {
      input.problem("invalid_json_line", "The file is not valid UTF-8.", null, null);
      return input;
    }
    Set<String> ids = new HashSet<>();
    int number = 0;
    for (String line : text.split("\n", -1)) {
      number++;
      if (!line.isBlank()) {
        input.add(number, line, endpoint, json, ids);
      }
      if (input.problems.size() >= MOST_PROBLEMS || input.lines.size() > MOST_LINES) {
        break;
      }
    }
    if (input.lines.size() > MOST_LINES) {
      input.problem(
          "too_many_tasks", "A batch may have %d requests.".formatted(MOST_LINES), null, null);
    } else if (input.lines.isEmpty() && input.problems.isEmpty()) {
      input.problem("empty_file", "The file has no requests.", null, null);
    }
    return input;
  }

  private static String text(byte[] content) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
    } catch (CharacterCodingException _) {
      return null;
    }
  }

  private void add(int number, String line, String endpoint, JsonMapper json, Set<String> ids) {
    JsonNode request;
    try {
      request = json.readTree(line);
    } catch (JacksonException _) {
      problem("invalid_json_line", "This line is not parseable as valid JSON.", null, number);
      return;
    }
    JsonNode id = request.path("custom_id");
    if (!id.isString() || id.stringValue().isEmpty() || id.stringValue().length() > LONGEST_ID) {
      problem(
          "missing_required_parameter",
          "'custom_id' must be a text of 1 to %d characters.".formatted(LONGEST_ID),
          "custom_id",
          number);
    } else if (id.stringValue().indexOf('\0') >= 0) {
      problem("invalid_value", "'custom_id' must not have a NUL.", "custom_id", number);
    } else if (!ids.add(id.stringValue())) {
      problem(
          "duplicate_custom_id",
          "The custom_id of this line stands in another line too.",
          "custom_id",
          number);
    } else if (!request.path("method").asString("").equals("POST")) {
      problem("invalid_method", "'method' must be 'POST'.", "method", number);
    } else if (!request.path("url").asString("").equals(endpoint)) {
      problem(
          "mismatched_url",
          "'url' must be '%s', the batch's endpoint.".formatted(endpoint),
          "url",
          number);
    } else if (!request.path("body").isObject()) {
      problem("missing_required_parameter", "'body' must be an object.", "body", number);
    } else {
      lines.add(new Line(number, id.stringValue(), json.writeValueAsString(request.path("body"))));
    }
  }

  private void problem(String code, String message, String param, Integer line) {
    problems.add(new BatchObject.Problem(code, message, param, line));
  }
}
