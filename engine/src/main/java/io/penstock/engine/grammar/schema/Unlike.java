package io.penstock.engine.grammar.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Arrays and objects that are not a certain one: of another length, or different in some place.
 * Objects that have all of its properties and others are left out unless it has none.
 */
final class Unlike {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private Unlike() {}

  /** A schema of values of the same type. */
  static JsonNode of(JsonNode value) {
    List<JsonNode> ways = new ArrayList<>();
    if (value.isArray()) {
      if (!value.isEmpty()) {
        ways.add(JSON.objectNode().put("type", "array").put("maxItems", value.size() - 1));
      }
      ways.add(JSON.objectNode().put("type", "array").put("minItems", value.size() + 1));
      for (int i = 0; i < value.size(); i++) {
        ways.add(ArrayNegation.at(i, otherThan(value.get(i))));
      }
    } else if (value.isEmpty()) {
      ways.add(JSON.objectNode().put("type", "object").put("minProperties", 1));
    } else {
      for (Map.Entry<String, JsonNode> entry : value.properties()) {
        ways.add(Rewrites.absent(entry.getKey()).put("type", "object"));
        ObjectNode different = JSON.objectNode().put("type", "object");
        different.putArray("required").add(entry.getKey());
        different.putObject("properties").set(entry.getKey(), otherThan(entry.getValue()));
        ways.add(different);
      }
    }
    return Rewrites.anyOf(ways.toArray(JsonNode[]::new));
  }

  private static JsonNode otherThan(JsonNode value) {
    ObjectNode schema = JSON.objectNode();
    schema.putArray(Keywords.NOT_VALUES).add(value);
    return schema;
  }
}
