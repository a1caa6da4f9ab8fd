package io.penstock.api.openai.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers that {@code max_tokens} cut off, wherever that is: nothing of a call is ever content. */
class CutAnswerTest {
  private static final Set<String> NAMES = Set.of("weather", "time");

  /** What was understood of an answer. */
  private record Read(String reasoning, String content, List<String> names, List<String> given) {}

  private static Read read(AnswerStyle style, List<String> pieces, boolean cut) {
    AnswerParser parser = new AnswerParser(style);
    List<AnswerPart> parts = new ArrayList<>();
    pieces.forEach(piece -> parts.addAll(parser.add(piece)));
    parts.addAll(parser.end(cut));
    StringBuilder reasoning = new StringBuilder();
    StringBuilder content = new StringBuilder();
    List<String> names = new ArrayList<>();
    List<String> given = new ArrayList<>();
    for (AnswerPart part : parts) {
      switch (part) {
        case AnswerPart.Reasoning(String text) -> reasoning.append(text);
        case AnswerPart.Content(String text) -> content.append(text);
        case AnswerPart.CallStart(_, _, String name) -> {
          names.add(name);
          given.add("");
        }
        case AnswerPart.CallArguments(int index, String text) ->
            given.set(index, given.get(index) + text);
      }
    }
    return new Read(reasoning.toString(), content.toString(), names, given);
  }

  static Stream<Arguments> answers() {
    String hermes =
        """
        <tool_call>
        {"name": "weather", "arguments": {"city": "<Oslo>"}}
        </tool_call>
        <tool_call>
        {"arguments": {"zone": [1, {"a": "}"}]}, "name": "time"}
        </tool_call>""";
    String llama =
        "{\"name\": \"weather\", \"parameters\": {\"city\": \"<Oslo>\"}}; "
            + "{\"type\": \"function\", \"name\": \"time\", \"parameters\": {\"zone\": 1}}";
    String mistral =
        "[TOOL_CALLS] [{\"name\": \"weather\", \"arguments\": {\"city\": \"<Oslo>\"}}, "
            + "{\"name\": \"time\", \"arguments\": {\"zone\": [1]}}]";
    String named = "[TOOL_CALLS]weather[ARGS]{\"city\": \"x\"}[TOOL_CALLS]time[ARGS]{\"zone\": 1}";
    return Stream.of(
        Arguments.of(ToolConvention.HERMES, "", hermes),
        Arguments.of(ToolConvention.HERMES, "I look.", hermes),
        Arguments.of(ToolConvention.LLAMA3, "", llama),
        Arguments.of(ToolConvention.LLAMA3, "", "<|python_tag|>" + llama),
        Arguments.of(ToolConvention.LLAMA3, "I look.", "<|python_tag|>" + llama),
        Arguments.of(ToolConvention.MISTRAL, "", mistral),
        Arguments.of(ToolConvention.MISTRAL, "I look.", mistral),
        Arguments.of(ToolConvention.MISTRAL, "I look.", named));
  }

  @ParameterizedTest
  @MethodSource("answers")
  void nothingOfACallIsContent(ToolConvention convention, String said, String calls) {
    AnswerStyle style = new AnswerStyle(true, false, convention, NAMES, true, false);
    String text = said + calls;
    Read whole = read(style, List.of(text), false);
    assertThat(whole.names).containsExactly("weather", "time");
    assertThat(whole.content).isEqualTo(said);
    for (int end = 0; end <= text.length(); end++) {
      String begun = text.substring(0, end);
      Read cut = read(style, List.of(begun), true);
      assertThat(read(style, List.of(begun.split("")), true)).as("by letters").isEqualTo(cut);
      String shown = said.substring(0, Math.min(end, said.length()));
      if (cut.names.isEmpty() && isAmbiguous(convention, begun, said)) {
        assertThat(cut.content).as(begun).startsWith(shown);
      } else {
        assertThat(cut.content).as(begun).isEqualTo(shown);
      }
      assertThat(whole.names.subList(0, cut.names.size())).as(begun).isEqualTo(cut.names);
      for (int i = 0; i < cut.given.size(); i++) {
        assertThat(whole.given.get(i)).as(begun).startsWith(cut.given.get(i));
      }
    }
  }

  /** Text that a call may begin with, and other text as well. */
  private static boolean isAmbiguous(ToolConvention convention, String begun, String said) {
    String behind = begun.substring(Math.min(said.length(), begun.length()));
    boolean bare = convention.bare() && said.isEmpty() && behind.startsWith("{");
    return bare && !behind.contains("\"weather\"")
        || convention.open().startsWith(behind)
            && 2 * behind.length() <= convention.open().length();
  }

  @ParameterizedTest
  @MethodSource("answers")
  void norOfOneThatIsForced(ToolConvention convention, String said, String calls) {
    AnswerStyle style = new AnswerStyle(false, false, convention, NAMES, true, true);
    String open = convention.open();
    String text = calls.startsWith(open) ? calls.substring(open.length()) : calls;
    for (int end = 0; end <= text.length(); end++) {
      assertThat(read(style, List.of(text.substring(0, end)), true).content)
          .as(text.substring(0, end))
          .isEmpty();
    }
  }

  @Test
  void norOfTheMarkersOfThoughts() {
    AnswerStyle style = new AnswerStyle(true, false, ToolConvention.HERMES, NAMES, true, false);
    String text = "<think>\nHm, a < b\n</think>\n\nYes";
    for (int end = 0; end <= text.length(); end++) {
      Read cut = read(style, List.of(text.substring(0, end)), true);
      assertThat("Yes").startsWith(cut.content.replaceFirst("^<(th?)?$", ""));
      assertThat(cut.reasoning.replaceFirst("\n?</?t?h?$", "")).isSubstringOf("Hm, a < b");
    }
    assertThat(read(style, List.of(text), true))
        .isEqualTo(new Read("Hm, a < b", "Yes", List.of(), List.of()));
  }

  @Test
  void textThatOnlyLooksAlikeStays() {
    AnswerStyle style = new AnswerStyle(false, false, ToolConvention.HERMES, NAMES, true, false);
    assertThat(read(style, List.of("a <"), true).content).isEqualTo("a <");
    assertThat(read(style, List.of("a <tool_ca"), false).content).isEqualTo("a <tool_ca");
    assertThat(read(style, List.of("a <tool_ca"), true).content).isEqualTo("a");
    AnswerStyle llama = new AnswerStyle(false, false, ToolConvention.LLAMA3, NAMES, true, false);
    assertThat(read(llama, List.of("{\"age\": "), true).content).isEqualTo("{\"age\": ");
  }
}
