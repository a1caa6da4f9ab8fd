package io.penstock.engine.grammar;

import java.util.Random;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Schemas out of all supported keywords. */
final class RandomSchemas {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String[] NAMES = {"a", "b", "name", "größe", "\"quoted\"", "日本", "x y"};
  private static final String[] PATTERNS = {
    "^[a-c]+$", "b", "^(x|yy)*$", "\\d{2,3}$", "^[^a-z]{1,4}$", "^\\S+ \\w?$", "[é-ü]\"?"
  };
  private static final String[] FORMATS = {
    "date", "time", "date-time", "uuid", "email", "ipv4", "ipv6", "hostname", "uri"
  };

  private final Random random;

  RandomSchemas(Random random) {
    this.random = random;
  }

  String next() {
    ObjectNode root = schema(3, true);
    ObjectNode definitions = root.putObject("$defs");
    ObjectNode list = definitions.putObject("list").put("type", "object");
    ObjectNode properties = list.putObject("properties");
    properties.putObject("item").put("type", "integer").put("maximum", 50);
    ArrayNode next = properties.putObject("next").putArray("anyOf");
    next.addObject().put("$ref", "#/$defs/list");
    next.addObject().put("type", "null");
    list.putArray("required").add("next");
    return root.toString();
  }

  private ObjectNode schema(int depth, boolean root) {
    ObjectNode schema = JSON.createObjectNode();
    switch (random.nextInt(depth > 0 ? 14 : 8)) {
      case 0 -> string(schema);
      case 1 -> integer(schema);
      case 2 -> number(schema);
      case 3 -> schema.put("type", "boolean");
      case 4 -> schema.putArray("enum").add("red").add(3).addNull().add("ü\"\\\n");
      case 5 -> schema.putObject("const").put("k", 1).putArray("l").add(true).add("é");
      case 6 -> schema.put("$ref", root ? "#/$defs/list" : "#/$defs/list");
      case 7 -> excluding(schema);
      case 8 -> array(schema, depth);
      case 9 -> unique(schema);
      case 10 -> conditional(object(schema, depth));
      case 11 -> {
        ArrayNode options = schema.putArray("anyOf");
        options.add(schema(depth - 1, false));
        options.add(schema(depth - 1, false));
      }
      case 12 -> {
        ArrayNode all = schema.putArray("allOf");
        all.add(object(JSON.createObjectNode(), depth - 1));
        ObjectNode more = all.addObject().put("type", "object");
        more.putObject("properties").putObject("extra").put("type", "integer");
        more.putArray("required").add("extra");
        if (random.nextBoolean()) {
          schema.put("unevaluatedProperties", random.nextBoolean());
        }
      }
      default -> object(schema, depth);
    }
    return schema;
  }

  private void string(ObjectNode schema) {
    schema.put("type", "string");
    switch (random.nextInt(4)) {
      case 0 -> schema.put("pattern", PATTERNS[random.nextInt(PATTERNS.length)]);
      case 1 -> schema.put("format", FORMATS[random.nextInt(FORMATS.length)]);
      case 2 -> {
        schema.put("minLength", random.nextInt(3));
        schema.put("maxLength", 3 + random.nextInt(30));
      }
      default -> {
        schema.put("pattern", PATTERNS[random.nextInt(2)]);
        schema.put("maxLength", 3 + random.nextInt(10));
      }
    }
  }

  private void integer(ObjectNode schema) {
    schema.put("type", "integer");
    int low = random.nextInt(4000) - 2000;
    if (random.nextBoolean()) {
      schema.put(random.nextBoolean() ? "minimum" : "exclusiveMinimum", low);
    }
    if (random.nextBoolean()) {
      schema.put(
          random.nextBoolean() ? "maximum" : "exclusiveMaximum", low + 20 + random.nextInt(3000));
    }
    if (random.nextInt(3) == 0) {
      schema.put("multipleOf", 1 + random.nextInt(12));
    }
  }

  /** Scalars with a negation. */
  private void excluding(ObjectNode schema) {
    schema.putArray("type").add("string").add("integer").add("null");
    schema.put("maxLength", 8).put("maximum", 99);
    ObjectNode not = schema.putObject("not");
    switch (random.nextInt(4)) {
      case 0 -> not.putArray("enum").add("a").add("").add(7).addNull();
      case 1 -> not.put("pattern", "^[a-m]").put("type", "string");
      case 2 -> not.put("multipleOf", 5).put("minLength", 3);
      default -> not.putArray("anyOf").addObject().put("type", "null");
    }
  }

  private void unique(ObjectNode schema) {
    schema.put("type", "array").put("uniqueItems", true);
    ObjectNode items = schema.putObject("items");
    if (random.nextBoolean()) {
      items.putArray("enum").add("red").add(3).addNull().add("blue");
      schema.put("minItems", random.nextInt(4));
    } else {
      items.put("type", "integer").put("minimum", 1).put("maximum", 40);
      schema.put("minItems", random.nextInt(4)).put("maxItems", 4 + random.nextInt(3));
    }
  }

  /** Members of {@link #NAMES} that depend on others, and rules about the names of others. */
  private void conditional(ObjectNode schema) {
    if (random.nextBoolean()) {
      schema.putObject("dependentRequired").putArray("a").add("name");
    }
    if (random.nextBoolean()) {
      schema.putObject("if").putArray("required").add("b");
      schema.putObject("then").putArray("required").add("name");
      schema.putObject("else").putObject("properties").putObject("a").put("type", "integer");
    }
    if (random.nextBoolean()) {
      ObjectNode patterns = schema.putObject("patternProperties");
      patterns.putObject("^n").put("type", "integer").put("minimum", 0);
      patterns.putObject("e$").put("maximum", 50);
    }
    if (random.nextBoolean()) {
      schema.putObject("propertyNames").put("maxLength", 6);
    }
    if (random.nextBoolean()) {
      schema.put("maxProperties", 3 + random.nextInt(4));
    }
  }

  private void number(ObjectNode schema) {
    schema.put("type", "number");
    double low = (random.nextInt(4000) - 2000) / (random.nextBoolean() ? 1.0 : 64.0);
    if (random.nextBoolean()) {
      schema.put(random.nextBoolean() ? "minimum" : "exclusiveMinimum", low);
    }
    if (random.nextBoolean()) {
      schema.put(
          random.nextBoolean() ? "maximum" : "exclusiveMaximum", low + 0.25 + random.nextInt(100));
    }
  }

  private void array(ObjectNode schema, int depth) {
    schema.put("type", "array");
    if (random.nextBoolean()) {
      ArrayNode prefix = schema.putArray("prefixItems");
      prefix.add(schema(depth - 1, false));
      prefix.add(schema(depth - 1, false));
    }
    schema.set("items", schema(depth - 1, false));
    int least = random.nextInt(4);
    schema.put("minItems", least);
    if (random.nextBoolean()) {
      schema.put("maxItems", least + random.nextInt(3));
    }
    if (random.nextInt(3) == 0) {
      containing(schema);
    }
  }

  /** Items of which some are told apart from the others. */
  private void containing(ObjectNode schema) {
    ObjectNode counted = schema.putObject("contains").put("type", "integer");
    if (random.nextBoolean()) {
      counted.put("minimum", random.nextInt(9));
    }
    if (random.nextBoolean()) {
      schema.put("minContains", random.nextInt(3));
    }
    if (random.nextBoolean()) {
      schema.put("maxContains", 2 + random.nextInt(2));
    }
    ArrayNode items = schema.putObject("items").putArray("anyOf");
    items.addObject().put("type", "integer");
    items.addObject().put("type", "string").put("maxLength", 3);
  }

  private ObjectNode object(ObjectNode schema, int depth) {
    schema.put("type", "object");
    ObjectNode properties = schema.putObject("properties");
    ArrayNode required = schema.putArray("required");
    for (int i = 0; i < random.nextInt(5); i++) {
      String name = NAMES[random.nextInt(NAMES.length)];
      if (!properties.has(name)) {
        properties.set(name, schema(Math.max(0, depth - 1), false));
        if (random.nextBoolean()) {
          required.add(name);
        }
      }
    }
    switch (random.nextInt(4)) {
      case 0 -> schema.putObject("additionalProperties").put("type", "integer");
      case 1 -> schema.put("additionalProperties", true);
      default -> {}
    }
    return schema;
  }
}
