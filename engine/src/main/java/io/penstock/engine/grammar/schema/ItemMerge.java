package io.penstock.engine.grammar.schema;

import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Joins what two schemas say of an array's items: place by place, then of all further ones. */
final class ItemMerge {
  static final Set<String> KEYWORDS = Set.of("items", "prefixItems", "additionalItems");

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private ItemMerge() {}

  /** Into the first one, with the keywords of today. */
  static void join(ObjectNode a, ObjectNode b) {
    if (!Keywords.hasAny(b, KEYWORDS)) {
      return;
    }
    if (!Keywords.hasAny(a, KEYWORDS)) {
      KEYWORDS.forEach(
          keyword -> {
            if (b.has(keyword)) {
              a.set(keyword, b.get(keyword));
            }
          });
      return;
    }
    JsonNode firstOfA = leading(a);
    JsonNode firstOfB = leading(b);
    JsonNode furtherOfA = further(a);
    JsonNode furtherOfB = further(b);
    ArrayNode first = JSON.arrayNode();
    for (int i = 0; i < Math.max(firstOfA.size(), firstOfB.size()); i++) {
      first.add(both(at(firstOfA, i, furtherOfA), at(firstOfB, i, furtherOfB)));
    }
    JsonNode further = both(furtherOfA, furtherOfB);
    KEYWORDS.forEach(a::remove);
    if (!first.isEmpty()) {
      a.set("prefixItems", first);
    }
    if (further != null) {
      a.set("items", further);
    }
  }

  private static JsonNode leading(ObjectNode schema) {
    JsonNode items = schema.path("items");
    return items.isArray() ? items : schema.path("prefixItems");
  }

  private static JsonNode further(ObjectNode schema) {
    return schema.get(schema.path("items").isArray() ? "additionalItems" : "items");
  }

  private static JsonNode at(JsonNode leading, int index, JsonNode further) {
    return index < leading.size() ? leading.get(index) : further;
  }

  /** Null says nothing. */
  private static JsonNode both(JsonNode a, JsonNode b) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    return a.equals(b) ? a : SchemaMerge.allOf(a, b);
  }
}
