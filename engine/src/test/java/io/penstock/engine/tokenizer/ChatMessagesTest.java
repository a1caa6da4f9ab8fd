package io.penstock.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.core.TokenizerSource;
import io.penstock.engine.tokenizer.template.TemplateException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the API's messages become before a template sees them, and what else it sees. */
class ChatMessagesTest {
  private static final List<Map<String, Object>> IN_PARTS =
      List.of(
          Map.of(
              "role",
              "user",
              "content",
              List.of(Map.of("type", "text", "text", "a"), Map.of("type", "text", "text", "b"))));

  @Test
  void contentPartsBecomeOneTextWhereTheTemplateKnowsOnlyText() {
    assertThat(render("{% for m in messages %}{{ m.content }}{% endfor %}", IN_PARTS))
        .isEqualTo("a\nb");
  }

  @Test
  void contentPartsStayWhereTheTemplateGoesThroughThem() {
    assertThat(
            render(
                "{% for m in messages %}{% for p in m['content'] %}[{{ p.text }}]{% endfor %}"
                    + "{% endfor %}",
                IN_PARTS))
        .isEqualTo("[a][b]");
  }

  @Test
  void argumentsOfToolCallsAreObjects() {
    Map<String, Object> call =
        Map.of("function", Map.of("name", "f", "arguments", "{\"city\": \"Ulm\", \"n\": 1.0}"));
    assertThat(
            render(
                "{{ messages[0].tool_calls[0].function.arguments.city }}"
                    + "{{ messages[0].tool_calls[0].function | tojson }}",
                List.of(Map.of("role", "assistant", "tool_calls", List.of(call)))))
        .contains("Ulm")
        .contains("\"arguments\": {\"city\": \"Ulm\", \"n\": 1.0}");
  }

  @Test
  void argumentsThatAreNoObjectStayText() {
    Map<String, Object> call = Map.of("function", Map.of("name", "f", "arguments", "{broken"));
    assertThat(
            render(
                "{{ messages[0].tool_calls[0].function.arguments }}",
                List.of(Map.of("role", "assistant", "tool_calls", List.of(call)))))
        .isEqualTo("{broken");
  }

  @Test
  void templateSeesSpecialTokensTheDateAndNoToolsAsNone() {
    assertThat(
            render(
                "{{ bos_token }}{{ eos_token }} {{ strftime_now('%d %b %Y') }} {{ tools is none }}",
                IN_PARTS))
        .isEqualTo("<|bos|><|eos|> 24 Nov 2026 True");
  }

  @Test
  void kwargsAreVariablesButDoNotReplaceTheMessages() {
    ChatTokenizer tokenizer = tokenizer("{{ messages | length }}{{ enable_thinking }}");
    assertThat(
            tokenizer.renderChat(
                IN_PARTS, null, true, Map.of("messages", List.of(), "enable_thinking", false)))
        .isEqualTo("1False");
  }

  @Test
  void modelWithoutAUsableTemplateStillTokenizes() {
    ChatTokenizer none = tokenizer(null);
    assertThat(none.hasChatTemplate()).isFalse();
    assertThatThrownBy(() -> none.renderChat(IN_PARTS, null, true, Map.of()))
        .isInstanceOf(TemplateException.class)
        .hasMessage("The model has no chat template.");
    ChatTokenizer malformed = tokenizer("{% if %}");
    assertThat(malformed.hasChatTemplate()).isFalse();
    assertThat(malformed.encode("the", false, true)).isNotEmpty();
    assertThatThrownBy(() -> malformed.renderChat(IN_PARTS, null, true, Map.of()))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("line 1");
  }

  private static String render(String template, List<Map<String, Object>> messages) {
    return tokenizer(template).renderChat(messages, null, true, Map.of());
  }

  private static ChatTokenizer tokenizer(String template) {
    TokenizerSource.HuggingFace qwen = Fixtures.tiny("qwen3");
    return ChatTokenizer.of(
        new TokenizerSource.HuggingFace(qwen.tokenizerJson(), qwen.config(), template),
        Clock.fixed(Instant.parse("2026-11-24T04:00:00Z"), ZoneOffset.UTC));
  }
}
