package io.penstock.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.core.OutputConstraint;
import io.penstock.engine.grammar.mask.GrammarMatcher;
import io.penstock.engine.grammar.mask.Walks;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is not supported, malformed or contradictory is named with its path. */
class SchemaErrorsTest {
  private static final GrammarCompiler COMPILER =
      new GrammarCompiler(Vocabularies.pieces("{\"a\": 1}", 20, new Random(2)));

  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      quoteCharacter = '`',
      value = {
        "{\"properties\":{\"a\":{\"not\":{}}}} § #/properties/a § contradict",
        "{\"properties\":{\"a/b\":{\"divisibleBy\":2}}} § #/properties/a~1b/divisibleBy § not supported",
        "{\"type\":\"array\",\"uniqueItems\":true} § #/uniqueItems § supported where",
        "{\"type\":\"array\",\"prefixItems\":[{}],\"uniqueItems\":true} § #/uniqueItems § beside 'prefixItems'",
        "{\"items\":{\"unevaluatedProperties\":5}} § #/items/unevaluatedProperties § object or a boolean",
        "{\"not\":{\"unevaluatedItems\":false}} § #/not/unevaluatedItems § must not hold",
        "{\"contains\":{\"format\":\"date\"},\"maxContains\":1} § #/contains/format § must not hold",
        "{\"contains\":{\"const\":1},\"minContains\":9999} § #/contains § items that count",
        "{\"contains\":{\"const\":1},\"minContains\":2,\"maxContains\":1} § #/maxContains § less than",
        "{\"contains\":{\"items\":{\"type\":\"text\"}}} § #/contains/items/type § must be one of",
        "{\"contains\":{\"const\":1},\"items\":{\"enum\":[1,2]},\"uniqueItems\":true} § #/uniqueItems § beside 'contains'",
        "{\"required\":[\"b\"],\"properties\":{\"a\":true},\"unevaluatedProperties\":false} § # § neither described nor allowed",
        "{\"not\":{\"prefixItems\":[{}],\"items\":{\"type\":\"null\"}}} § #/not/items § must not hold",
        "{\"if\":{\"format\":\"date\"},\"then\":{\"minLength\":3}} § #/if/format § must not hold",
        "{\"type\":\"object\",\"dependentRequired\":[]} § #/dependentRequired § must be an object",
        "{\"multipleOf\":0} § #/multipleOf § above 0",
        "{\"type\":\"integer\",\"multipleOf\":99991} § #/multipleOf § not supported",
        "{\"type\":\"object\",\"patternProperties\":{\"(\":{}}} § #/patternProperties/( § is missing",
        "{\"type\":\"object\",\"patternProperties\":{\"a\":{\"$dynamicRef\":\"#a\"}}} § #/patternProperties/a/$dynamicRef § not supported",
        "{\"allOf\":[{\"properties\":{\"a\":{\"format\":\"regex\"}}},{\"required\":[\"a\"]}]} § #/allOf/0/properties/a/format § supported are",
        "{\"if\":{\"minimum\":5},\"then\":{\"items\":{\"divisibleBy\":2}}} § #/then/items/divisibleBy § not supported",
        "{\"properties\":{\"a\":{}},\"maxProperties\":0,\"required\":[\"a\"]} § #/maxProperties § less than",
        "{\"items\":{\"type\":\"text\"}} § #/items/type § must be one of",
        "{\"$ref\":\"#/$defs/x\"} § #/$ref § points to nothing",
        "{\"$ref\":\"http://x.org/y\"} § #/$ref § into the schema itself",
        "{\"anyOf\":[]} § #/anyOf § list of schemas",
        "{\"oneOf\":[{\"type\":\"string\",\"format\":\"date\"},{\"type\":\"string\",\"minLength\":3}]} § #/oneOf § may both hold",
        "{\"properties\":{\"a\":{\"type\":\"string\",\"pattern\":\"(\"}}} § #/properties/a/pattern § is missing",
        "{\"type\":\"string\",\"format\":\"regex\"} § #/format § supported are",
        "{\"type\":\"integer\",\"minimum\":5,\"maximum\":4} § # § contradict",
        "{\"type\":\"integer\",\"minimum\":\"5\"} § #/minimum § must be a number",
        "{\"type\":\"string\",\"minLength\":-1} § #/minLength § whole number",
        "{\"allOf\":[{\"type\":\"string\"},{\"type\":\"integer\"}]} § #/allOf § contradict",
        "{\"enum\":[]} § #/enum § at least one",
        "{\"required\":[\"a\"],\"additionalProperties\":false} § #/required § neither described nor allowed",
        "{\"properties\":{\"a\":5}} § #/properties/a § must be an object or a boolean",
        "{\"type\":\"object\",\"minProperties\":2,\"additionalProperties\":true} § #/minProperties § more than",
        "{\"$ref\":\"#\"} § # § left recursion",
        "{\"properties\":{\"a\":{\"$ref\":\"#\"}},\"required\":[\"a\"]} § # § No text can match",
        "[1 § # § not JSON",
      })
  void namesThePath(String schema, String pointer, String problem) {
    assertThatThrownBy(() -> COMPILER.compile(new OutputConstraint.Json(schema)))
        .isInstanceOfSatisfying(
            ConstraintException.class,
            e -> {
              assertThat(e.getMessage()).contains(problem);
              assertThat(e.pointer()).isEqualTo(pointer);
            });
  }

  @Test
  void whatIsTooLargeIsRefusedSoon() {
    String nested = "{\"type\":\"string\",\"maxLength\":100000}";
    for (int i = 0; i < 4; i++) {
      nested = "{\"type\":\"array\",\"items\":" + nested + ",\"minItems\":90000}";
    }
    String schema = nested;
    long start = System.nanoTime();
    assertThatThrownBy(() -> COMPILER.compile(new OutputConstraint.Json(schema)))
        .isInstanceOf(ConstraintException.class)
        .hasMessageContaining("too complex");
    assertThat(System.nanoTime() - start).isLessThan(20_000_000_000L);
    String loop = "{\"properties\":{\"x\":{}},\"anyOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}]}";
    assertThatThrownBy(() -> COMPILER.compile(new OutputConstraint.Json(loop)))
        .isInstanceOf(ConstraintException.class);
  }

  @Test
  void writesWhiteSpaceWithinBounds() {
    var grammar =
        COMPILER.compile(
            new OutputConstraint.Json(
                "{\"properties\":{\"a\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}},\"required\":[\"a\"]}"));
    assertThat(
            List.of(
                "{\"a\":[1,2]}",
                "{\"a\": [1, 2]}",
                "{\n  \"a\": [\n    1,\n    2\n  ]\n}",
                "{ \"a\": [ ] }"))
        .allMatch(text -> Walks.accepts(grammar, text));
    assertThat(
            List.of(" {\"a\":[]}", "{\"a\":[]} ", "{\n\n\"a\":[]}", "{\"a\":   []}", "{\"a\" :[]}"))
        .noneMatch(text -> Walks.accepts(grammar, text));
  }

  /** Deterministic, it would have two to the power of the bound states. */
  @Test
  void whatIsTooAmbiguousIsRefusedOrStaysCheap() {
    assertThatThrownBy(
            () ->
                COMPILER.compile(
                    new OutputConstraint.Json(
                        "{\"type\": \"string\", \"pattern\": \"a.{400}$\", \"maxLength\": 5000}")))
        .isInstanceOf(ConstraintException.class)
        .hasMessageContaining("too complex");
    GrammarMatcher matcher =
        COMPILER.compile(new OutputConstraint.Regex("(a|b)*a(a|b){2000}")).matcher();
    assertThatThrownBy(
            () -> {
              Random random = new Random(4);
              for (int i = 0; i < 3000; i++) {
                matcher.accept(2 + (random.nextBoolean() ? 'a' : 'b'));
                matcher.allowed();
              }
            })
        .isInstanceOf(ConstraintException.class)
        .hasMessageContaining("too ambiguous");
  }
}
