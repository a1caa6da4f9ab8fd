package io.penstock.engine.tokenizer.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Templates of real models and of single features, with what Jinja2 rendered. */
class TemplateCasesTest {
  private static final JsonMapper JSON = JsonMapper.shared();

  @TestFactory
  List<DynamicTest> rendersAsJinja() {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode c : JSON.readTree(Path.of("src/test/fixtures/templates/cases.json"))) {
      Map<String, Object> variables =
          JSON.convertValue(c.path("ctx"), new TypeReference<Map<String, Object>>() {});
      String source = c.path("template").asString();
      String expected = c.path("expected").asString();
      tests.add(
          DynamicTest.dynamicTest(
              c.path("name").asString(),
              () -> {
                if (c.path("ok").asBoolean()) {
                  assertThat(Template.compile(source).render(variables)).isEqualTo(expected);
                } else {
                  assertThatThrownBy(() -> Template.compile(source).render(variables))
                      .isInstanceOf(TemplateException.class)
                      .hasMessage(expected.replace("ERR RAISED ", ""));
                }
              }));
    }
    assertThat(tests).hasSize(62);
    return tests;
  }

  /** Semantics of Jinja and Python that templates rely on, with the values that Jinja gave. */
  @TestFactory
  List<DynamicTest> featuresBehaveAsInJinja() {
    JsonNode features = JSON.readTree(Path.of("src/test/fixtures/templates/features.json"));
    Map<String, Object> variables =
        JSON.convertValue(features.path("ctx"), new TypeReference<Map<String, Object>>() {});
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode c : features.path("cases")) {
      String source = c.path("template").asString();
      tests.add(
          DynamicTest.dynamicTest(
              tests.size() + " " + source.lines().findFirst().orElse(""),
              () -> {
                if (c.path("ok").asBoolean()) {
                  assertThat(Template.compile(source).render(variables))
                      .isEqualTo(c.path("expected").asString());
                } else {
                  assertThatThrownBy(() -> Template.compile(source).render(variables))
                      .isInstanceOf(TemplateException.class);
                }
              }));
    }
    assertThat(tests).hasSizeGreaterThan(150);
    return tests;
  }
}
