package io.penstock.engine.grammar;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Items that are counted, what is not evaluated, and negations of arrays, objects and constants:
 * what random tokens make is valid by an independent validator, and of some texts both say the
 * same.
 */
class SchemaEvaluationTest {
  private static final GrammarCompiler COMPILER =
      new GrammarCompiler(
          Vocabularies.pieces(
              "{\"a\": 1, \"b\":\"x\", \"c\":true} [1,2,30,\"red\",\"green\",null,[\"red\",7]] \"kind\":\"n_1\" -4",
              200,
              new Random(12)));

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        // schema ~ texts that are valid ~ texts that are not
        // contains
        "{\"type\":\"array\",\"items\":{\"enum\":[\"red\",1,2]},\"contains\":{\"const\":\"red\"}} ~ [\"red\"];[1,\"red\",2];[\"red\",\"red\"] ~ [];[1,2]",
        "{\"contains\":{\"type\":\"integer\",\"minimum\":5}} ~ [5];[\"a\",{},7,true] ~ [];[4];[\"5\"]",
        "{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":99},\"contains\":{\"multipleOf\":10},\"minContains\":2,\"maxContains\":3} ~ [10,20];[1,10,2,20,30,3] ~ [10];[10,20,30,40];[1]",
        "{\"type\":\"array\",\"items\":{\"type\":[\"integer\",\"null\"]},\"contains\":{\"type\":\"null\"},\"minContains\":0,\"maxContains\":1} ~ [];[1,2];[1,null,2] ~ [null,null]",
        "{\"type\":\"array\",\"items\":{\"type\":\"boolean\"},\"contains\":{\"const\":true},\"minContains\":2,\"minItems\":3,\"maxItems\":4} ~ [true,false,true];[true,true,true,true] ~ [true,true];[true,false,false];[true,true,true,true,true]",
        "{\"type\":\"array\",\"items\":{\"type\":\"boolean\"},\"contains\":{\"const\":true},\"maxContains\":1,\"maxItems\":3} ~ [true];[false,true,false] ~ [];[true,true];[false,false,false,true]",
        "{\"type\":\"array\",\"prefixItems\":[{\"type\":\"integer\"},{\"enum\":[\"red\",\"green\"]}],\"contains\":{\"const\":\"red\"}} ~ [1,\"red\"];[1,\"green\",\"red\"] ~ [1];[1,\"green\"];[]",
        "{\"type\":\"array\",\"prefixItems\":[{\"type\":\"integer\"}],\"items\":{\"type\":\"integer\"},\"contains\":{\"maximum\":0},\"minItems\":2} ~ [0,5];[5,-4,7] ~ [5,7];[0]",
        "{\"type\":\"array\",\"allOf\":[{\"contains\":{\"const\":\"red\"}},{\"contains\":{\"const\":\"green\"}}],\"items\":{\"enum\":[\"red\",\"green\",1]}} ~ [\"red\",\"green\"];[1,\"green\",1,\"red\"] ~ [\"red\"];[\"green\",1]",
        "{\"type\":\"array\",\"allOf\":[{\"contains\":{\"type\":\"integer\"},\"minContains\":2},{\"contains\":{\"minimum\":10,\"type\":\"number\"},\"maxContains\":1}],\"items\":{\"type\":\"integer\",\"minimum\":0}} ~ [1,10];[30,2,3] ~ [10];[1,2];[10,11]",
        "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\",\"minimum\":0}},\"required\":[\"a\"],\"additionalProperties\":false},\"contains\":{\"properties\":{\"a\":{\"const\":1}}},\"maxContains\":1} ~ [{\"a\":1}];[{\"a\":2},{\"a\":1}] ~ [{\"a\":2}];[{\"a\":1},{\"a\":1}]",
        "{\"type\":\"array\",\"contains\":{\"type\":\"integer\"},\"minContains\":0,\"items\":{\"type\":\"null\"}} ~ [];[null] ~ [1]",
        "{\"type\":\"array\",\"anyOf\":[{\"contains\":{\"const\":\"red\"}},{\"maxItems\":1}],\"items\":{\"enum\":[\"red\",1]}} ~ [];[1];[1,\"red\"] ~ [1,1]",
        "{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"contains\":true,\"minContains\":2} ~ [1,2] ~ [1]",
        // negations of arrays
        "{\"type\":\"array\",\"items\":{\"enum\":[\"red\",1,2]},\"not\":{\"contains\":{\"const\":\"red\"}}} ~ [];[1,2] ~ [\"red\"];[1,\"red\"]",
        "{\"type\":\"array\",\"items\":{\"type\":[\"integer\",\"null\"]},\"not\":{\"items\":{\"type\":\"integer\"}}} ~ [null];[1,null] ~ [];[1,2]",
        "{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"not\":{\"contains\":{\"minimum\":5},\"minContains\":2,\"maxContains\":2}} ~ [5];[5,6,7];[1] ~ [5,6];[1,5,2,6]",
        "{\"type\":\"array\",\"items\":{\"enum\":[\"red\",1,2]},\"not\":{\"prefixItems\":[{\"const\":\"red\"},{\"type\":\"integer\"}]}} ~ [1];[\"red\",\"red\"] ~ [];[\"red\"];[\"red\",1]",
        "{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"if\":{\"contains\":{\"const\":1}},\"then\":{\"minItems\":2},\"else\":{\"maxItems\":1}} ~ [];[7];[7,1] ~ [1];[7,2]",
        // constants
        "{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"not\":{\"const\":[]}} ~ [1];[1,2] ~ []",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"},\"b\":{\"type\":\"integer\"}},\"additionalProperties\":false,\"not\":{\"const\":{}}} ~ {\"a\":1};{\"a\":1,\"b\":2} ~ {}",
        "{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"not\":{\"enum\":[[1,2],[],[7]]}} ~ [1];[1,3];[1,2,3] ~ [1,2];[];[7]",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"},\"c\":{\"type\":\"boolean\"}},\"additionalProperties\":false,\"not\":{\"const\":{\"a\":1,\"c\":true}}} ~ {};{\"a\":1};{\"a\":2,\"c\":true};{\"a\":1,\"c\":false} ~ {\"a\":1,\"c\":true}",
        "{\"not\":{\"enum\":[{},[],\"a\",1]},\"type\":[\"object\",\"array\",\"string\",\"integer\"],\"maxItems\":2,\"maxLength\":3} ~ {\"b\":1};[1];\"b\";2 ~ {};[];\"a\";1",
        "{\"enum\":[{\"a\":1},{\"b\":2},[1]],\"not\":{\"const\":{\"a\":1}}} ~ {\"b\":2};[1] ~ {\"a\":1}",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"},\"b\":{\"type\":\"integer\"}},\"not\":{\"required\":[\"a\",\"b\"]}} ~ {};{\"a\":1};{\"b\":1} ~ {\"a\":1,\"b\":1}",
        // unevaluated properties
        "{\"allOf\":[{\"properties\":{\"a\":{\"type\":\"integer\"}},\"required\":[\"a\"]}],\"properties\":{\"b\":{\"type\":\"string\",\"maxLength\":2}},\"type\":\"object\",\"unevaluatedProperties\":false} ~ {\"a\":1};{\"b\":\"x\",\"a\":1} ~ {};{\"a\":1,\"c\":true}",
        "{\"$ref\":\"#/$defs/base\",\"properties\":{\"b\":{\"type\":\"integer\"}},\"unevaluatedProperties\":false,\"$defs\":{\"base\":{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}},\"required\":[\"a\"]}}} ~ {\"a\":1,\"b\":2};{\"a\":1} ~ {\"b\":2};{\"a\":1,\"c\":1}",
        "{\"type\":\"object\",\"properties\":{\"kind\":{\"type\":\"string\"}},\"required\":[\"kind\"],\"anyOf\":[{\"properties\":{\"kind\":{\"const\":\"a\"},\"a\":{\"type\":\"integer\"}}},{\"properties\":{\"kind\":{\"const\":\"b\"},\"b\":{\"type\":\"integer\"}}}],\"unevaluatedProperties\":false} ~ {\"kind\":\"a\",\"a\":1};{\"kind\":\"b\",\"b\":1};{\"kind\":\"a\"} ~ {\"kind\":\"a\",\"b\":1};{\"kind\":\"b\",\"c\":1}",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}},\"required\":[\"a\"],\"oneOf\":[{\"properties\":{\"a\":{\"maximum\":5},\"b\":{\"type\":\"integer\"}}},{\"properties\":{\"a\":{\"minimum\":4},\"c\":{\"type\":\"integer\"}}}],\"unevaluatedProperties\":false} ~ {\"a\":1,\"b\":2};{\"a\":9,\"c\":3} ~ {\"a\":4};{\"a\":1,\"c\":1};{\"a\":9,\"b\":1}",
        "{\"type\":\"object\",\"properties\":{\"c\":{\"type\":\"boolean\"}},\"if\":{\"properties\":{\"a\":{\"const\":1}},\"required\":[\"a\"]},\"then\":{\"properties\":{\"b\":{\"type\":\"integer\"}}},\"unevaluatedProperties\":false} ~ {\"a\":1,\"b\":2};{\"c\":true};{\"a\":1} ~ {\"a\":2};{\"b\":2};{\"c\":true,\"b\":1}",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}},\"dependentSchemas\":{\"a\":{\"properties\":{\"b\":{\"type\":\"integer\"}}}},\"unevaluatedProperties\":false} ~ {};{\"a\":1};{\"a\":1,\"b\":1} ~ {\"b\":1}",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}},\"patternProperties\":{\"^n_\":{\"type\":\"integer\"}},\"unevaluatedProperties\":{\"type\":\"boolean\"}} ~ {\"a\":1,\"n_1\":2,\"c\":true} ~ {\"c\":1};{\"n_1\":true}",
        "{\"allOf\":[{\"properties\":{\"a\":{\"type\":\"integer\"}},\"patternProperties\":{\"^n_\":{\"type\":\"integer\"}}},{\"patternProperties\":{\"1$\":{\"minimum\":0}}}],\"type\":\"object\",\"unevaluatedProperties\":false} ~ {\"a\":1,\"n_1\":2};{} ~ {\"n_1\":-4};{\"c\":true}",
        "{\"type\":\"object\",\"allOf\":[{\"properties\":{\"a\":{\"type\":\"integer\"}},\"unevaluatedProperties\":false},{\"properties\":{\"b\":{\"type\":\"integer\"}}}]} ~ {\"a\":1};{} ~ {\"b\":1};{\"a\":1,\"b\":1}",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}},\"not\":{\"properties\":{\"a\":{\"const\":7}},\"required\":[\"a\"]},\"unevaluatedProperties\":false} ~ {};{\"a\":1} ~ {\"a\":7};{\"b\":1}",
        "{\"type\":\"object\",\"properties\":{\"c\":{\"type\":\"boolean\"}},\"not\":{\"not\":{\"properties\":{\"a\":{\"type\":\"integer\"}}}},\"unevaluatedProperties\":false} ~ {};{\"c\":true} ~ {\"a\":1};{\"a\":\"x\"}",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#\"},\"c\":{\"type\":\"boolean\"}},\"unevaluatedProperties\":false} ~ {\"a\":{\"a\":{}}};{\"c\":true} ~ {\"b\":1};{\"a\":{\"b\":1}}",
        "{\"type\":\"object\",\"allOf\":[{\"additionalProperties\":{\"type\":\"integer\"}}],\"unevaluatedProperties\":false} ~ {\"a\":1,\"b\":2} ~ {\"a\":true}",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}},\"unevaluatedProperties\":true} ~ {\"a\":1} ~ {\"a\":true}",
        // unevaluated items
        "{\"type\":\"array\",\"allOf\":[{\"prefixItems\":[{\"type\":\"integer\"},{\"type\":\"boolean\"}]}],\"unevaluatedItems\":false} ~ [];[1];[1,true] ~ [true];[1,true,2]",
        "{\"type\":\"array\",\"prefixItems\":[{\"type\":\"integer\"}],\"unevaluatedItems\":{\"type\":\"null\"}} ~ [1];[1,null,null] ~ [1,2]",
        "{\"type\":\"array\",\"prefixItems\":[{\"type\":\"integer\"}],\"contains\":{\"type\":\"boolean\"},\"unevaluatedItems\":false} ~ [1,true];[1,true,false] ~ [1];[1,true,null]",
        "{\"type\":\"array\",\"anyOf\":[{\"prefixItems\":[{\"const\":1},{\"type\":\"null\"}]},{\"prefixItems\":[{\"const\":2}]}],\"minItems\":1,\"unevaluatedItems\":false} ~ [1];[1,null];[2] ~ [2,null];[1,null,1]",
        "{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"unevaluatedItems\":false} ~ [1,2] ~ [true]",
      })
  void saysWhatAnIndependentValidatorSays(String schema, String valid, String invalid) {
    IndependentValidator.assertAgrees(COMPILER, schema, valid, invalid);
  }
}
