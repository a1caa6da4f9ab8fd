package io.penstock.engine.grammar.schema;

import java.util.List;
import java.util.function.BiFunction;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Arrays that are not what a keyword of theirs says. */
final class ArrayNegation {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final BiFunction<JsonNode, Path, JsonNode> negation;
  private final boolean silent;

  /**
   * @param negation of items
   * @param silent whether something asks what is evaluated, which negations do not
   */
  ArrayNegation(BiFunction<JsonNode, Path, JsonNode> negation, boolean silent) {
    this.negation = negation;
    this.silent = silent;
  }

  /** Items of all places behind {@code prefixItems}; false where this cannot be said. */
  boolean items(JsonNode schema, JsonNode items, Path path, List<JsonNode> ways) {
    if (items.isArray()) {
      return leading(items, path, ways);
    }
    if (schema.has("prefixItems")) {
      return items.isBoolean() && items.booleanValue();
    }
    ways.add(counted(negation.apply(items, path), 1, null));
    return true;
  }

  /** Items of the first places; false where this cannot be said. */
  boolean leading(JsonNode items, Path path, List<JsonNode> ways) {
    if (silent) {
      return false;
    }
    for (int i = 0; i < items.size(); i++) {
      ways.add(at(i, negation.apply(items.get(i), path.to(i))));
    }
    return true;
  }

  /** Arrays with an item that a schema describes. */
  static ObjectNode at(int index, JsonNode item) {
    ObjectNode way = array().put("minItems", index + 1);
    ArrayNode leading = way.putArray("prefixItems");
    for (int i = 0; i < index; i++) {
      leading.add(true);
    }
    leading.add(item);
    way.put("items", true);
    return way;
  }

  /** Too few items that hold a schema, or too many. */
  void contains(JsonNode group, Path path, List<JsonNode> ways) {
    JsonNode item = group.get("contains");
    int least = SchemaCompiler.count(group, "minContains", 1, path);
    if (least == 1 && !silent) {
      ways.add(array().set("items", negation.apply(item, path)));
    } else if (least > 0) {
      ways.add(counted(item, 0, least - 1));
    }
    if (group.has("maxContains")) {
      ways.add(counted(item, SchemaCompiler.count(group, "maxContains", 0, path) + 1, null));
    }
  }

  private JsonNode counted(JsonNode item, int least, Integer most) {
    ObjectNode group = JSON.objectNode().put("minContains", least);
    group.set("contains", item);
    if (most != null) {
      group.put("maxContains", most);
    }
    if (silent) {
      group.put(Keywords.SILENT, true);
    }
    ObjectNode way = array();
    way.putArray(Keywords.CONTAINS_PARTS).add(group);
    return way;
  }

  private static ObjectNode array() {
    return JSON.objectNode().put("type", "array");
  }
}
