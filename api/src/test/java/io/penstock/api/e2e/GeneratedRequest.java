package io.penstock.api.e2e;

import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request by an operation of an OpenAPI document: what the document says, with values that it
 * allows and now and then others; fields that it leaves open get values of a pool that clients
 * might send.
 */
final class GeneratedRequest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final double WRONG = 0.06;
  private static final double PRESENT = 0.25;
  private static final int DEEPEST = 4;

  private static final List<String> STRINGS =
      List.of(
          "",
          "a",
          "fake-model",
          "auto",
          "\0",
          "\u202e",
          "\ud83d\ude00",
          "é",
          "-1",
          "null",
          "{}",
          "'\"\\",
          "x".repeat(3000));
  private static final List<String> NUMBERS =
      List.of(
          "0",
          "1",
          "2",
          "-1",
          "0.5",
          "1.0",
          "1e400",
          "-0.0",
          "2147483648",
          "9223372036854775808",
          "1e-320",
          "100000000000000000000");

  /** What stands in fields of any type, right and wrong. */
  private static final Map<String, List<String>> OPEN =
      Map.ofEntries(
          Map.entry(
              "messages",
              List.of(
                  "[{\"role\": \"user\", \"content\": \"Hi\"}]",
                  "[{\"role\": \"system\", \"content\": \"s\"}, {\"role\": \"user\", \"content\": [{\"type\": \"text\", \"text\": \"Hi <|im_end|>\"}]}]",
                  "[{\"role\": \"user\", \"content\": \"x\"}, {\"role\": \"assistant\", \"content\": null, \"tool_calls\": [{\"id\": \"a\", \"type\": \"function\", \"function\": {\"name\": \"f\", \"arguments\": \"{}\"}}]}, {\"role\": \"tool\", \"tool_call_id\": \"a\", \"content\": \"1\"}]",
                  "[{\"role\": \"user\", \"content\": [{\"type\": \"tool_result\", \"tool_use_id\": \"a\"}]}]",
                  "[{\"role\": \"assistant\", \"tool_calls\": [3]}]",
                  "[{\"role\": \"user\", \"content\": [{\"type\": \"image_url\"}]}]",
                  "[[]]")),
          Map.entry(
              "input",
              List.of(
                  "\"Hi\"",
                  "[\"a\", \"b\"]",
                  "[1, 2]",
                  "[[1], [2]]",
                  "[{\"role\": \"user\", \"content\": \"Hi\"}]",
                  "[{\"type\": \"function_call_output\", \"call_id\": \"x\", \"output\": \"y\"}]",
                  "[{\"type\": \"function_call\", \"call_id\": \"x\"}]")),
          Map.entry(
              "prompt",
              List.of(
                  "\"Hi\"",
                  "[\"a\", \"b\"]",
                  "[1, 2]",
                  "[[1], [2]]",
                  "[-1]",
                  "[[]]",
                  "[\"a\", 1]")),
          Map.entry(
              "tools",
              List.of(
                  "[]",
                  "[{\"type\": \"function\", \"function\": {\"name\": \"f\", \"parameters\": {\"type\": \"object\"}}}]",
                  "[{\"type\": \"function\", \"name\": \"f\", \"parameters\": {\"type\": \"object\"}}]",
                  "[{\"name\": \"f\", \"input_schema\": {\"type\": \"object\"}}]",
                  "[{\"type\": \"function\", \"function\": {\"name\": \"f\", \"strict\": true, \"parameters\": {\"type\": 3}}}]",
                  "[{\"type\": \"function\", \"function\": {\"name\": 3}}]")),
          Map.entry(
              "tool_choice",
              List.of(
                  "\"auto\"",
                  "\"none\"",
                  "\"required\"",
                  "{\"type\": \"function\", \"function\": {\"name\": \"f\"}}",
                  "{\"type\": \"any\"}",
                  "{\"type\": \"allowed_tools\", \"mode\": \"auto\", \"tools\": [{\"name\": \"f\"}]}",
                  "{}")),
          Map.entry("stop", List.of("\"x\"", "[\"x\", \"y\"]", "[]", "[\"\"]", "[1]")),
          Map.entry("stop_sequences", List.of("[\"x\"]", "[]", "\"x\"", "[1]")),
          Map.entry(
              "text",
              List.of(
                  "{\"format\": {\"type\": \"text\"}}",
                  "{\"format\": {\"type\": \"json_schema\", \"name\": \"n\", \"schema\": {\"type\": \"object\"}}}",
                  "{\"format\": 3}")),
          Map.entry("tokens", List.of("[1, 2, 3]", "[]", "[-1]", "[99999999]", "[\"a\"]")),
          Map.entry(
              "system",
              List.of(
                  "\"s\"", "[{\"type\": \"text\", \"text\": \"s\"}]", "[{\"type\": \"image\"}]")),
          Map.entry(
              "thinking",
              List.of(
                  "{\"type\": \"enabled\", \"budget_tokens\": 9}",
                  "{\"type\": \"disabled\"}",
                  "{}")));

  /** Fields that the document leaves open, right and wrong. */
  private static final List<String> MORE =
      List.of(
          "\"response_format\": {\"type\": \"json_object\"}",
          "\"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"name\": \"n\", \"schema\": {\"enum\": [1, \"a\"]}}}",
          "\"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"name\": \"n\", \"schema\": {\"$ref\": \"#\"}}}",
          "\"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"schema\": {\"pattern\": \"(\"}}}",
          "\"response_format\": 3",
          "\"guided_regex\": \"a+b?\"",
          "\"guided_regex\": \"[\"",
          "\"guided_choice\": [\"a\", \"b\"]",
          "\"guided_choice\": []",
          "\"guided_grammar\": \"root ::= root\"",
          "\"structured_outputs\": {\"json\": {\"type\": [\"integer\", \"null\"]}}",
          "\"structured_outputs\": {\"regex\": \"a\", \"choice\": [\"a\"]}",
          "\"output_config\": {\"format\": {\"type\": \"json_schema\", \"schema\": {\"type\": \"boolean\"}}}",
          "\"metadata\": {\"a\": \"b\"}, \"user\": \"u\", \"store\": false",
          "\"suffix\": \"s\"",
          "\"n\": 2, \"stream\": true",
          "\"echo\": true, \"logprobs\": 2",
          "\"unknown\": 1");

  private final JsonNode document;
  private final Random random;

  GeneratedRequest(JsonNode document, Random random) {
    this.document = document;
    this.random = random;
  }

  /** The path with values for what varies in it. */
  String path(String pattern, JsonNode operation) {
    StringBuilder path = new StringBuilder(pattern.replaceAll("\\{[^}]*}", "ID"));
    int at = path.indexOf("ID");
    if (at >= 0) {
      String id = random.nextInt(4) == 0 ? pick(STRINGS) : "fake-model";
      path.replace(
          at,
          at + 2,
          OpenApiFuzzTest.encoded(
              id.isEmpty() ? "-" : id.substring(0, Math.min(200, id.length()))));
    }
    char separator = '?';
    for (JsonNode parameter : operation.path("parameters")) {
      if (parameter.path("in").asString().equals("query") && random.nextInt(3) == 0) {
        String value = random.nextBoolean() ? pick(NUMBERS) : pick(STRINGS);
        path.append(separator)
            .append(OpenApiFuzzTest.encoded(parameter.path("name").asString()))
            .append('=')
            .append(OpenApiFuzzTest.encoded(value.substring(0, Math.min(200, value.length()))));
        separator = '&';
      }
    }
    return path.toString();
  }

  /** A body; what must be there is there most of the time. */
  String body(JsonNode operation, String path) {
    JsonNode schema =
        operation.path("requestBody").path("content").path("application/json").path("schema");
    JsonNode body = schema.isMissingNode() ? JSON.createObjectNode() : value(schema, null, 0);
    if (body instanceof ObjectNode object) {
      complete(object, path);
      String text = JSON.writeValueAsString(object);
      return switch (random.nextInt(60)) {
        case 0 -> text.substring(0, random.nextInt(text.length()));
        case 1 -> text + text;
        case 2 -> "[" + text + "]";
        default -> text;
      };
    }
    return JSON.writeValueAsString(body);
  }

  private void complete(ObjectNode body, String path) {
    if (random.nextDouble() < 0.1 || path.startsWith("/admin") || path.contains("organization")) {
      return;
    }
    body.put("model", "fake-model");
    if (generates(path) && random.nextInt(5) == 0) {
      JsonNode more = JSON.readTree("{" + pick(MORE) + "}");
      more.propertyStream().forEach(field -> body.set(field.getKey(), field.getValue()));
    }
    for (String field : List.of("messages", "input", "prompt", "tokens")) {
      if (needs(path, field) && random.nextDouble() < 0.9) {
        body.set(
            field,
            JSON.readTree(
                OPEN.get(field)
                    .get(random.nextInt(4) == 0 ? random.nextInt(OPEN.get(field).size()) : 0)));
      }
    }
    if (path.equals("/v1/messages") && random.nextDouble() < 0.9) {
      body.put("max_tokens", 5);
    }
    if (random.nextBoolean()) { // a request with everything in it is hardly ever right
      List<String> names = body.propertyStream().map(Map.Entry::getKey).toList();
      for (String name : names) {
        if (!List.of("model", "messages", "input", "prompt", "tokens", "max_tokens", "stream")
                .contains(name)
            && random.nextInt(4) != 0) {
          body.remove(name);
        }
      }
    }
  }

  private static boolean generates(String path) {
    return needs(path, "messages") || needs(path, "prompt") || needs(path, "input");
  }

  private static boolean needs(String path, String field) {
    return switch (field) {
      case "messages" -> path.contains("chat") || path.contains("messages");
      case "input" -> path.contains("responses") || path.contains("embeddings");
      case "prompt" -> path.equals("/v1/completions") || path.equals("/tokenize");
      default -> path.equals("/detokenize");
    };
  }

  private JsonNode value(JsonNode schema, String name, int depth) {
    if (random.nextDouble() < WRONG) {
      return anything(depth);
    }
    JsonNode resolved = resolve(schema);
    String type = type(resolved);
    if (resolved.path("enum").isArray() && !resolved.path("enum").isEmpty()) {
      return resolved.path("enum").get(random.nextInt(resolved.path("enum").size()));
    }
    return switch (type) {
      case "object" -> object(resolved, name, depth);
      case "array" -> {
        ArrayNode array = JSON.createArrayNode();
        for (int i = random.nextInt(3); i > 0 && depth < DEEPEST; i--) {
          array.add(value(resolved.path("items"), name, depth + 1));
        }
        yield array;
      }
      case "string" -> JSON.valueToTree(pick(STRINGS));
      case "integer" -> JSON.valueToTree(random.nextInt(12) - 1);
      case "number" -> JSON.valueToTree(random.nextInt(9) / 4.0 - 0.25);
      case "boolean" -> JSON.valueToTree(random.nextBoolean());
      default -> open(name, depth);
    };
  }

  private JsonNode object(JsonNode schema, String name, int depth) {
    if (!schema.path("properties").isObject()) {
      return open(name, depth);
    }
    ObjectNode object = JSON.createObjectNode();
    schema
        .path("properties")
        .propertyStream()
        .filter(_ -> random.nextDouble() < PRESENT)
        .forEach(p -> object.set(p.getKey(), value(p.getValue(), p.getKey(), depth + 1)));
    if (random.nextDouble() < WRONG) {
      object.set(pick(STRINGS), anything(depth + 1));
    }
    return object;
  }

  private JsonNode open(String name, int depth) {
    List<String> pool = name == null ? null : OPEN.get(name);
    return pool == null ? anything(depth) : JSON.readTree(pool.get(random.nextInt(pool.size())));
  }

  private JsonNode anything(int depth) {
    return switch (random.nextInt(depth < DEEPEST ? 8 : 5)) {
      case 0 -> JSON.readTree("null");
      case 1 -> JSON.valueToTree(random.nextBoolean());
      case 2 -> JSON.readTree(pick(NUMBERS).replace("1e400", "1e300"));
      case 3, 4 -> JSON.valueToTree(pick(STRINGS));
      case 5 -> JSON.createArrayNode().add(anything(depth + 1)).add(anything(depth + 1));
      case 6 -> JSON.createObjectNode();
      default -> JSON.createObjectNode().set(pick(STRINGS), anything(depth + 1));
    };
  }

  private JsonNode resolve(JsonNode schema) {
    JsonNode resolved = schema;
    while (resolved.path("$ref").isString()) {
      String reference = resolved.path("$ref").asString();
      resolved = document.at(reference.substring(1));
    }
    return resolved;
  }

  /** OpenAPI 3.1 may name several. */
  private String type(JsonNode schema) {
    JsonNode type = schema.path("type");
    return type.isArray() && !type.isEmpty()
        ? type.get(random.nextInt(type.size())).asString()
        : type.asString("");
  }

  private String pick(List<String> values) {
    return values.get(random.nextInt(values.size()));
  }
}
