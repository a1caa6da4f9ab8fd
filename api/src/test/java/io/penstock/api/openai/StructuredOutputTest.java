package io.penstock.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import io.penstock.engine.core.OutputConstraint;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** How requests say what the answer must match, and what they are told when that cannot be. */
class StructuredOutputTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String COMPLETIONS = "/v1/completions";
  private static final String PERSON =
      """
      {"type": "object", "properties": {"name": {"type": "string"}},
       "required": ["name"], "additionalProperties": false}\
      """;

  private final TestServer server = TestServer.fake();

  @BeforeEach
  void reset() {
    server.engine().reset();
  }

  private TestServer.Answer chat(String fields) {
    return server.post(
        CHAT,
        "{\"model\": \"fake-model\", \"max_tokens\": 1, \"messages\": [{\"role\": \"user\", \"content\": \"hi\"}], "
            + fields
            + "}");
  }

  private OutputConstraint asked(TestServer.Answer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return server.engine().submitted().getLast().constraint();
  }

  private static String strict(String schema) {
    return "\"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"name\": \"it\", \"strict\": true, \"schema\": "
        + schema
        + "}}";
  }

  @Test
  void openAisFormats() {
    assertThat(asked(chat("\"response_format\": {\"type\": \"text\"}"))).isNull();
    assertThat(asked(chat("\"response_format\": null"))).isNull();
    assertThat(asked(chat("\"response_format\": {\"type\": \"json_object\"}")))
        .isEqualTo(new OutputConstraint.JsonObject());
    OutputConstraint constraint = asked(chat(strict(PERSON)));
    assertThat(constraint).isInstanceOf(OutputConstraint.Json.class);
    assertThat(JsonMapper.shared().readTree(((OutputConstraint.Json) constraint).schema()))
        .isEqualTo(JsonMapper.shared().readTree(PERSON));
  }

  @Test
  void vllmsFields() {
    OutputConstraint regex = new OutputConstraint.Regex("a+");
    OutputConstraint choice = new OutputConstraint.Choice(List.of("yes", "no"));
    OutputConstraint grammar = new OutputConstraint.Grammar("root ::= \"a\" root | \"b\"");
    assertThat(asked(chat("\"structured_outputs\": {\"regex\": \"a+\"}"))).isEqualTo(regex);
    assertThat(asked(chat("\"guided_regex\": \"a+\""))).isEqualTo(regex);
    assertThat(asked(chat("\"structured_outputs\": {\"choice\": [\"yes\", \"no\"]}")))
        .isEqualTo(choice);
    assertThat(asked(chat("\"guided_choice\": [\"yes\", \"no\"]"))).isEqualTo(choice);
    assertThat(asked(chat("\"guided_grammar\": \"root ::= \\\"a\\\" root | \\\"b\\\"\"")))
        .isEqualTo(grammar);
    assertThat(asked(chat("\"structured_outputs\": {\"json_object\": true, \"json\": null}")))
        .isEqualTo(new OutputConstraint.JsonObject());
    assertThat(asked(chat("\"guided_json\": {\"type\": \"integer\"}")))
        .isEqualTo(new OutputConstraint.Json("{\"type\":\"integer\"}"));
    assertThat(
            asked(chat("\"structured_outputs\": {\"json\": \"{\\\"type\\\": \\\"integer\\\"}\"}")))
        .isEqualTo(new OutputConstraint.Json("{\"type\": \"integer\"}"));
  }

  @Test
  void completionsTakeThemToo() {
    TestServer.Answer answer =
        server.post(
            COMPLETIONS,
            "{\"model\": \"fake-model\", \"prompt\": [\"a\", \"b\"], \"max_tokens\": 1, \"guided_regex\": \"x{3}\"}");
    assertThat(asked(answer)).isEqualTo(new OutputConstraint.Regex("x{3}"));
    assertThat(server.engine().submitted()).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`\"response_format\": 5` | response_format | an object",
        "`\"response_format\": {}` | response_format.type | Missing required parameter",
        "`\"response_format\": {\"type\": \"structural_tag\"}` | response_format.type | Supported values are",
        "`\"response_format\": {\"type\": \"json_schema\"}` | response_format.json_schema | Missing required",
        "`\"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"schema\": {}}}` | response_format.json_schema.name | Missing required",
        "`\"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"name\": \"a b\", \"schema\": {}}}` | response_format.json_schema.name | 1 to 64 characters",
        "`\"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"name\": \"a\", \"strict\": 1}}` | response_format.json_schema.strict | a boolean",
        "`\"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"name\": \"a\", \"schema\": {\"properties\": {\"x\": {\"divisibleBy\": 2}}}}}` | response_format | `context=('properties', 'x', 'divisibleBy'), 'divisibleBy' is not supported. (#/properties/x/divisibleBy)`",
        "`\"structured_outputs\": {\"json\": {\"type\": \"text\"}}` | structured_outputs | #/type",
        "`\"structured_outputs\": {\"regex\": \"(\"}` | structured_outputs | is missing",
        "`\"structured_outputs\": {\"regex\": \"a\", \"choice\": [\"b\"]}` | structured_outputs | not several",
        "`\"structured_outputs\": {\"structural_tag\": \"x\"}` | structured_outputs.structural_tag | not supported",
        "`\"structured_outputs\": {\"regexp\": \"x\"}` | structured_outputs.regexp | Unrecognized",
        "`\"guided_regex\": \"\"` | guided_regex | empty",
        "`\"guided_choice\": []` | guided_choice | at least one",
        "`\"guided_choice\": [1]` | guided_choice[0] | string",
        "`\"guided_grammar\": \"root ::= root\"` | guided_grammar | left recursion",
        "`\"guided_json\": 7` | guided_json | a JSON schema",
        "`\"guided_json\": {}, \"guided_regex\": \"a\"` | guided_regex | cannot be combined",
      })
  void saysWhatIsWrong(String fields, String param, String problem) {
    TestServer.Answer answer = chat(fields);
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    JsonNode error = answer.error();
    assertThat(error.path("param").asString()).isEqualTo(param);
    assertThat(error.path("message").asString()).contains(problem);
    assertThat(error.path("type").asString()).isEqualTo("invalid_request_error");
    assertThat(server.engine().submitted()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`{\"type\": \"array\", \"items\": {}}` | `In context=(), schema must be a JSON Schema of 'type: \"object\"', got 'type: \"array\"'.`",
        "`{\"type\": \"object\", \"properties\": {}}` | `In context=(), 'additionalProperties' is required to be supplied and to be false.`",
        "`{\"type\": \"object\", \"additionalProperties\": false, \"properties\": {\"a\": {}}}` | `In context=(), 'required' is required to be supplied and to be an array including every key in properties. Missing 'a'.`",
        "`{\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"a\"], \"properties\": {\"a\": {\"type\": \"object\"}}}` | `In context=('properties', 'a'), 'additionalProperties' is required`",
        "`{\"type\": \"object\", \"additionalProperties\": false, \"allOf\": []}` | `In context=(), 'allOf' is not permitted.`",
      })
  void strictSchemasKeepOpenAisRules(String schema, String problem) {
    TestServer.Answer answer = chat(strict(schema));
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.error().path("param").asString()).isEqualTo("response_format");
    assertThat(answer.error().path("message").asString())
        .startsWith("Invalid schema for response_format 'it': ")
        .contains(problem);
  }

  @Test
  void anAnswerMayBeACallOrInTheFormat() {
    String tools =
        "\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\", \"parameters\": {\"type\": \"object\"}}}], ";
    assertThat(asked(chat(tools + strict(PERSON)))).isInstanceOf(OutputConstraint.AnyOf.class);
    assertThat(asked(chat(tools + "\"tool_choice\": \"none\", " + strict(PERSON))))
        .isInstanceOf(OutputConstraint.Json.class);
  }
}
