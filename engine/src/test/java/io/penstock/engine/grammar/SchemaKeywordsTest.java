package io.penstock.engine.grammar;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Keywords that are said in other words, or take an automaton of their own: what random tokens make
 * is valid by an independent validator, and of some texts both say the same.
 */
class SchemaKeywordsTest {
  private static final GrammarCompiler COMPILER =
      new GrammarCompiler(
          Vocabularies.pieces(
              "{\"a\": 1, \"b\":\"x\"} [1,2,30,\"red\",\"green\",\"kind\":\"card\",\"number\":\"cash\"] -0.25 true",
              200,
              new Random(11)));

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        // schema ~ texts that are valid ~ texts that are not
        "{\"type\":\"integer\",\"multipleOf\":7,\"minimum\":-30,\"maximum\":100} ~ 0;7;-14;98 ~ 1;13;-13;105",
        "{\"type\":\"integer\",\"multipleOf\":1000} ~ 0;5000;-123000 ~ 500;1;10001",
        "{\"type\":\"integer\",\"allOf\":[{\"multipleOf\":4},{\"multipleOf\":6}]} ~ 12;24;0 ~ 4;6;18",
        "{\"type\":\"number\",\"multipleOf\":0.25,\"minimum\":0} ~ 0.25;3;7.50;0 ~ 0.1;0.3;-0.25",
        "{\"type\":\"number\",\"multipleOf\":2.5,\"maximum\":50} ~ 2.5;5;5.0;-7.5 ~ 1;2.55;52.5",
        "{\"type\":\"number\",\"multipleOf\":3} ~ 3;9.0;-12 ~ 1;3.3",
        "{\"type\":\"string\",\"not\":{\"enum\":[\"a\",\"bad\\\"\\n\"]},\"maxLength\":6} ~ \"b\";\"ab\";\"\" ~ \"a\";\"bad\\\"\\n\"",
        "{\"type\":\"string\",\"not\":{\"pattern\":\"x\"},\"maxLength\":9} ~ \"abc\" ~ \"x\";\"axb\"",
        "{\"type\":\"integer\",\"minimum\":0,\"maximum\":20,\"not\":{\"enum\":[3,5.0,7]}} ~ 0;4;20 ~ 3;5;7",
        "{\"type\":[\"integer\",\"string\",\"null\"],\"not\":{\"type\":\"string\"},\"maximum\":9} ~ 4;null ~ \"x\"",
        "{\"type\":\"number\",\"not\":{\"type\":\"integer\"},\"minimum\":0,\"maximum\":9} ~ 0.5;8.25 ~ 1;3.0",
        "{\"type\":\"integer\",\"not\":{\"multipleOf\":3},\"minimum\":0,\"maximum\":50} ~ 1;49 ~ 0;48",
        "{\"type\":\"integer\",\"not\":{\"minimum\":3,\"maximum\":6},\"minimum\":0,\"maximum\":9} ~ 2;7 ~ 3;6",
        "{\"not\":{\"type\":[\"object\",\"array\",\"string\",\"number\"]}} ~ true;null ~ 1;\"a\";[]",
        "{\"type\":\"integer\",\"minimum\":0,\"maximum\":9,\"not\":{\"anyOf\":[{\"const\":1},{\"not\":{\"maximum\":5}}]}} ~ 0;5 ~ 1;6",
        "{\"properties\":{\"kind\":{\"enum\":[\"card\",\"cash\"]},\"number\":{\"type\":\"string\",\"maxLength\":4}},\"required\":[\"kind\"],\"additionalProperties\":false,\"if\":{\"properties\":{\"kind\":{\"const\":\"card\"}}},\"then\":{\"required\":[\"number\"]},\"else\":{\"properties\":{\"number\":false}}} ~ {\"kind\":\"card\",\"number\":\"1\"};{\"kind\":\"cash\"} ~ {\"kind\":\"card\"};{\"kind\":\"cash\",\"number\":\"1\"}",
        "{\"type\":\"integer\",\"minimum\":0,\"maximum\":99,\"if\":{\"multipleOf\":2},\"then\":{\"minimum\":50},\"else\":{\"maximum\":49}} ~ 50;98;1;49 ~ 48;51",
        "{\"properties\":{\"a\":{\"type\":\"integer\"},\"b\":{\"type\":\"integer\"},\"c\":{\"type\":\"integer\"}},\"dependentRequired\":{\"a\":[\"b\"],\"b\":[\"c\"]}} ~ {};{\"c\":1};{\"b\":1,\"c\":2};{\"a\":1,\"b\":1,\"c\":2} ~ {\"a\":1};{\"b\":1};{\"a\":1,\"b\":2}",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"},\"b\":{\"type\":\"integer\",\"maximum\":9}},\"dependentSchemas\":{\"a\":{\"properties\":{\"b\":{\"minimum\":5}},\"required\":[\"b\"]}}} ~ {\"b\":1};{\"a\":1,\"b\":7} ~ {\"a\":1};{\"a\":1,\"b\":4}",
        "{\"type\":\"object\",\"patternProperties\":{\"^n_\":{\"type\":\"integer\"},\"_s$\":{\"type\":\"string\",\"maxLength\":3}}} ~ {\"n_a\":1};{\"x_s\":\"a\"};{} ~ {\"n_a\":\"x\"};{\"x_s\":1};{\"n_s\":1}",
        "{\"type\":\"object\",\"properties\":{\"n_1\":{\"maximum\":5}},\"patternProperties\":{\"^n_\":{\"type\":\"integer\",\"minimum\":0}},\"additionalProperties\":{\"type\":\"boolean\"}} ~ {\"n_1\":5,\"n_2\":9,\"c\":true} ~ {\"n_1\":6};{\"n_2\":-1};{\"c\":1}",
        "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\"},\"propertyNames\":{\"pattern\":\"^[a-c]+$\",\"maxLength\":3}} ~ {\"a\":1,\"abc\":2};{} ~ {\"d\":1};{\"abca\":1}",
        "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\"},\"propertyNames\":{\"enum\":[\"a\",\"b\"]},\"minProperties\":1} ~ {\"a\":1};{\"b\":2} ~ {};{\"c\":1}",
        "{\"properties\":{\"a\":{\"type\":\"null\"},\"b\":{\"type\":\"null\"},\"c\":{\"type\":\"null\"},\"d\":{\"type\":\"null\"}},\"required\":[\"b\"],\"minProperties\":2,\"maxProperties\":3} ~ {\"a\":null,\"b\":null};{\"b\":null,\"c\":null,\"d\":null} ~ {\"b\":null};{\"a\":null,\"b\":null,\"c\":null,\"d\":null}",
        "{\"properties\":{\"a\":{\"type\":\"null\"}},\"additionalProperties\":{\"type\":\"integer\"},\"minProperties\":2,\"maxProperties\":3} ~ {\"a\":null,\"x\":1} ~ {\"a\":null};{\"x\":1}",
        "{\"type\":\"object\",\"maxProperties\":2} ~ {};{\"a\":1,\"b\":[]} ~ {\"a\":1,\"b\":2,\"c\":3}",
        "{\"type\":\"array\",\"items\":{\"enum\":[\"red\",\"green\",1]},\"uniqueItems\":true,\"minItems\":1} ~ [1,\"red\"];[\"green\",1,\"red\"] ~ [];[1,1];[\"red\",\"green\",\"red\"]",
        "{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":49},\"uniqueItems\":true,\"minItems\":6,\"maxItems\":6} ~ [1,2,3,4,5,6];[7,12,23,30,48,49] ~ [1,1,2,3,4,5];[1,2]",
        "{\"type\":\"array\",\"items\":{\"type\":[\"boolean\",\"null\"]},\"uniqueItems\":true,\"maxItems\":2} ~ [null,true];[false];[] ~ [null,null];[true,false,null]",
        "{\"oneOf\":[{\"type\":\"integer\",\"minimum\":0,\"maximum\":10},{\"type\":\"integer\",\"minimum\":5,\"maximum\":20}]} ~ 0;4;11;20 ~ 5;10;21",
        "{\"oneOf\":[{\"type\":\"number\",\"maximum\":9},{\"type\":\"integer\",\"minimum\":0}],\"minimum\":-5} ~ 0.5;-3;10 ~ 4;9",
        "{\"enum\":[\"a\",\"abc\",5,17,null],\"minLength\":2,\"maximum\":9} ~ \"abc\";5;null ~ \"a\";17",
        "{\"allOf\":[{\"type\":\"array\",\"prefixItems\":[{\"type\":\"integer\"}],\"items\":{\"type\":\"string\",\"maxLength\":3}},{\"items\":{\"type\":[\"integer\",\"string\"],\"maximum\":5}}],\"minItems\":2,\"maxItems\":3} ~ [5,\"a\"];[1,\"a\",\"b\"] ~ [6,\"a\"];[1,2]",
        "{\"allOf\":[{\"properties\":{\"a\":{\"type\":\"integer\"}},\"additionalProperties\":false},{\"patternProperties\":{\"^[ab]$\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":7}}}],\"required\":[\"a\"]} ~ {\"a\":7} ~ {\"a\":8};{\"a\":1,\"b\":1}",
        "{\"allOf\":[{\"oneOf\":[{\"const\":1},{\"const\":2}]},{\"oneOf\":[{\"const\":2},{\"const\":3}]}]} ~ 2 ~ 1;3",
        "{\"type\":\"object\",\"properties\":{\"x\":false},\"additionalProperties\":{\"type\":\"integer\"}} ~ {\"y\":1} ~ {\"x\":1}",
      })
  void saysWhatAnIndependentValidatorSays(String schema, String valid, String invalid) {
    IndependentValidator.assertAgrees(COMPILER, schema, valid, invalid);
  }
}
