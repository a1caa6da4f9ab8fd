package io.penstock.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.core.OutputConstraint;
import io.penstock.engine.grammar.mask.CompiledGrammar;
import io.penstock.engine.grammar.mask.Walks;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Random schemas in which what is evaluated depends on what holds: by options, conditions,
 * negations, dependencies and references, one within the other. What the masks allow is valid by an
 * independent validator.
 */
class RandomEvaluationTest {
  private static final int SCHEMAS = 500;
  private static final int WALKS = 6;
  private static final String[] NAMES = {"a", "b", "c", "n_1"};
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Random random = new Random(21);

  @Test
  void whatTheMasksAllowIsValid() {
    GrammarCompiler compiler =
        new GrammarCompiler(
            Vocabularies.pieces(
                "{\"a\": 1, \"b\":2, \"c\":3, \"n_1\":4} [1,2,3,4,[1,2],\"x\",null,true]",
                150,
                random));
    int compiled = 0;
    for (int i = 0; i < SCHEMAS; i++) {
      ObjectNode root = i % 3 == 0 ? array(3) : object(3);
      root.put("type", i % 3 == 0 ? "array" : "object");
      root.putObject("$defs").set("other", i % 3 == 0 ? array(0) : object(0));
      String source = root.toString();
      CompiledGrammar grammar;
      try {
        grammar = compiler.compile(new OutputConstraint.Json(source));
      } catch (ConstraintException e) { // its parts exclude each other, or it is not supported
        continue;
      }
      compiled++;
      IndependentValidator validator = new IndependentValidator(source);
      for (int walk = 0; walk < WALKS; walk++) {
        byte[] made = Walks.text(grammar, random, random.nextInt(25), walk == 0);
        String text = new String(made, StandardCharsets.UTF_8);
        assertThat(validator.errors(text)).as("%s by %s", text, source).isEmpty();
      }
    }
    assertThat(compiled).isGreaterThan(SCHEMAS / 3);
  }

  private ObjectNode small() {
    ObjectNode small = JSON.createObjectNode().put("type", "integer");
    small.put("minimum", random.nextInt(3)).put("maximum", 2 + random.nextInt(3));
    return small;
  }

  private ObjectNode object(int depth) {
    ObjectNode schema = JSON.createObjectNode();
    ObjectNode properties = schema.putObject("properties");
    for (int i = 0; i < random.nextInt(3); i++) {
      properties.set(NAMES[random.nextInt(NAMES.length)], small());
    }
    if (random.nextInt(4) == 0) {
      schema.putArray("required").add(NAMES[random.nextInt(NAMES.length)]);
    }
    if (random.nextInt(5) == 0) {
      schema.putObject("patternProperties").set("^n_", small());
    }
    if (depth > 0) {
      combine(schema, depth, false);
    }
    switch (random.nextInt(5)) {
      case 0, 1 -> schema.put("unevaluatedProperties", false);
      case 2 -> schema.set("unevaluatedProperties", small());
      case 3 -> schema.put("additionalProperties", random.nextBoolean());
      default -> {}
    }
    return schema;
  }

  private ObjectNode array(int depth) {
    ObjectNode schema = JSON.createObjectNode();
    if (random.nextBoolean()) {
      ArrayNode prefix = schema.putArray("prefixItems");
      for (int i = 0; i <= random.nextInt(3); i++) {
        prefix.add(small());
      }
    }
    if (random.nextInt(3) == 0) {
      schema.set("contains", small());
      if (random.nextBoolean()) {
        schema.put("minContains", random.nextInt(3));
      }
      if (random.nextBoolean()) {
        schema.put("maxContains", 2);
      }
    }
    if (random.nextInt(4) == 0) {
      schema.put("maxItems", 1 + random.nextInt(4));
    }
    if (depth > 0) {
      combine(schema, depth, true);
    }
    switch (random.nextInt(4)) {
      case 0, 1 -> schema.put("unevaluatedItems", false);
      case 2 -> schema.set("unevaluatedItems", small());
      default -> {}
    }
    return schema;
  }

  private ObjectNode part(int depth, boolean array) {
    return array ? array(depth - 1) : object(depth - 1);
  }

  /** What may be negated. */
  private ObjectNode plain(boolean array) {
    ObjectNode part = part(1, array);
    part.remove("unevaluatedProperties");
    part.remove("unevaluatedItems");
    part.remove("additionalProperties");
    part.remove("patternProperties");
    return part;
  }

  private void combine(ObjectNode schema, int depth, boolean array) {
    switch (random.nextInt(array ? 6 : 7)) {
      case 0 ->
          schema
              .putArray(random.nextBoolean() ? "anyOf" : "oneOf")
              .add(part(depth, array))
              .add(part(depth, array));
      case 1 -> schema.putArray("allOf").add(part(depth, array)).add(part(depth, array));
      case 2 -> schema.set("not", plain(array));
      case 3 -> {
        schema.set("if", plain(array));
        schema.set("then", part(depth, array));
        schema.set("else", part(depth, array));
      }
      case 4 -> schema.put("$ref", "#/$defs/other");
      case 5 -> schema.putObject("not").set("not", plain(array));
      default ->
          schema
              .putObject("dependentSchemas")
              .set(NAMES[random.nextInt(NAMES.length)], part(depth, array));
    }
  }
}
