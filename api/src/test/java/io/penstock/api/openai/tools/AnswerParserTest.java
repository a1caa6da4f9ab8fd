package io.penstock.api.openai.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswerParserTest {
  private static final Set<String> NAMES = Set.of("weather", "time");

  private static AnswerStyle style(ToolConvention convention) {
    return new AnswerStyle(true, false, convention, NAMES, true, false);
  }

  /** All of an answer, its parts put together: R thoughts, T content, C name arguments. */
  private static String read(AnswerStyle style, List<String> pieces) {
    AnswerParser parser = new AnswerParser(style);
    List<AnswerPart> parts = new ArrayList<>();
    pieces.forEach(piece -> parts.addAll(parser.add(piece)));
    parts.addAll(parser.end(false));
    StringBuilder reasoning = new StringBuilder();
    StringBuilder content = new StringBuilder();
    TreeMap<Integer, StringBuilder> calls = new TreeMap<>();
    Set<String> ids = new java.util.HashSet<>();
    for (AnswerPart part : parts) {
      switch (part) {
        case AnswerPart.Reasoning(String text) -> reasoning.append(text);
        case AnswerPart.Content(String text) -> content.append(text);
        case AnswerPart.CallStart(int index, String id, String name) -> {
          assertThat(calls).doesNotContainKey(index);
          assertThat(ids.add(id)).isTrue();
          calls.put(index, new StringBuilder(name));
        }
        case AnswerPart.CallArguments(int index, String text) -> calls.get(index).append(text);
      }
    }
    return (reasoning.isEmpty() ? "" : "R(" + reasoning + ")")
        + (content.isEmpty() ? "" : "T(" + content + ")")
        + (calls.isEmpty() ? "" : "C" + calls.values());
  }

  private static String read(ToolConvention convention, String text) {
    return read(style(convention), List.of(text));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "HERMES | `Hello <b>` | `T(Hello <b>)`",
        "HERMES | `<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call>` | `C[weather{\"city\": \"Oslo\"}]`",
        "HERMES | `I look.\n\n<tool_call>{\"arguments\": {\"a\": [1, {\"b\": \"}\"}]}, \"name\": \"time\"}</tool_call>\n` | `T(I look.)C[time{\"a\": [1, {\"b\": \"}\"}]}]`",
        "HERMES | `<tool_call>{\"name\": \"time\"}</tool_call><tool_call>{\"name\": \"weather\", \"arguments\": null}</tool_call>` | `C[time{}, weather{}]`",
        "HERMES | `<tool_call>[{\"name\": \"time\", \"arguments\": {}}, {\"name\": \"time\", \"arguments\": {}}]</tool_call>` | `C[time{}, time{}]`",
        "HERMES | `<tool_call>{\"name\": \"time\", \"arguments\": \"{\\\"a\\\": 1}\"}</tool_call>` | `C[time{\"a\": 1}]`",
        "HERMES | `<tool_call>not JSON</tool_call>` | `T(not JSON</tool_call>)`",
        "HERMES | `<tool_call>{\"city\": 3}</tool_call> x` | `T(<tool_call>{\"city\": 3}</tool_call> x)`",
        "HERMES | `a <tool_ca` | `T(a <tool_ca)`",
        "HERMES | `<tool_call>{\"name\": \"time\", \"arguments\": {\"a\"` | `C[time{\"a\"]`",
        "HERMES | `<think>\nLet me see.\n</think>\n\n<tool_call>{\"name\": \"time\"}</tool_call>` | `R(Let me see.)C[time{}]`",
        "HERMES | `<think>unfinished </thi` | `R(unfinished </thi)`",
        "HERMES | `<think></think>Yes` | `T(Yes)`",
        "LLAMA3 | `{\"name\": \"weather\", \"parameters\": {\"city\": \"Oslo\"}}` | `C[weather{\"city\": \"Oslo\"}]`",
        "LLAMA3 | `{\"type\": \"function\", \"name\": \"time\", \"parameters\": {}}; {\"name\": \"time\", \"parameters\": {}}` | `C[time{}, time{}]`",
        "LLAMA3 | `<|python_tag|>{\"name\": \"any\", \"parameters\": {}}` | `C[any{}]`",
        "LLAMA3 | `<|python_tag|>search(\"x\")` | `T(search(\"x\"))`",
        "LLAMA3 | `{\"name\": \"Bob\", \"age\": 3}` | `T({\"name\": \"Bob\", \"age\": 3})`",
        "LLAMA3 | `{\"age\": 3}` | `T({\"age\": 3})`",
        "LLAMA3 | ` text {\"name\": \"time\"}` | `T( text {\"name\": \"time\"})`",
        "MISTRAL | `[TOOL_CALLS] [{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}, {\"name\": \"time\", \"arguments\": {}}]` | `C[weather{\"city\": \"Oslo\"}, time{}]`",
        "MISTRAL | `Sure.[TOOL_CALLS]weather[ARGS]{\"city\": \"Oslo\"}[TOOL_CALLS]time{}` | `T(Sure.)C[weather{\"city\": \"Oslo\"}, time{}]`",
        "MISTRAL | `an array [1, 2]` | `T(an array [1, 2])`",
      })
  void understands(ToolConvention convention, String text, String expected) {
    assertThat(read(convention, text)).isEqualTo(expected);
    assertThat(read(style(convention), List.of(text.split(""))))
        .as("by letters")
        .isEqualTo(expected);
  }

  @Test
  void theFirstCallOnlyUnlessParallel() {
    AnswerStyle single = new AnswerStyle(false, false, ToolConvention.HERMES, NAMES, false, false);
    String call = "<tool_call>{\"name\": \"time\", \"arguments\": {}}</tool_call>";
    assertThat(read(single, List.of(call + "\n" + call + "more"))).isEqualTo("C[time{}]");
    assertThat(read(single, List.of(call, call, "more"))).isEqualTo("C[time{}]");
  }

  @Test
  void beginsWithinACallThatIsForced() {
    AnswerStyle forced = new AnswerStyle(false, false, ToolConvention.HERMES, NAMES, true, true);
    assertThat(read(forced, List.of("{\"name\": \"time\", \"arguments\": {}}\n</tool_call>")))
        .isEqualTo("C[time{}]");
  }

  @Test
  void beginsWithinThoughtsWhereThePromptEndsSo() {
    AnswerStyle within = AnswerStyle.PLAIN.thinkingAs("... <think> ...", "...assistant\n<think>\n");
    assertThat(read(within, List.of("Hm.\n</think>\n\nYes"))).isEqualTo("R(Hm.)T(Yes)");
    AnswerStyle not = AnswerStyle.PLAIN.thinkingAs("<think>", "<think>\n\n</think>\n\n");
    assertThat(read(not, List.of("Yes"))).isEqualTo("T(Yes)");
  }

  @Test
  void argumentsComeAsTheyAreWritten() {
    AnswerParser parser = new AnswerParser(style(ToolConvention.HERMES));
    assertThat(parser.add("<tool_call>{\"name\": \"time\", \"arguments\": {\"a\": ")).hasSize(2);
    assertThat(parser.add("1")).containsExactly(new AnswerPart.CallArguments(0, "1"));
    assertThat(parser.add("2}}")).containsExactly(new AnswerPart.CallArguments(0, "2}"));
    assertThat(parser.callsTools()).isTrue();
  }

  @Provide
  Arbitrary<String> answers() {
    return Arbitraries.of(
            "<think>",
            "</think>",
            "<tool_call>",
            "</tool_call>",
            "[TOOL_CALLS]",
            "<|python_tag|>",
            "[ARGS]",
            "{\"name\": \"time\", \"arguments\": {\"a\": \"\\\"}é\"}}",
            "{\"name\": \"weather\", \"parameters\": {}}",
            "{\"name\": \"other\"",
            "[",
            "]",
            "{",
            "}",
            "; ",
            ", ",
            "\n",
            " ",
            "time",
            "\"",
            "text",
            "<tool",
            "😀")
        .list()
        .ofMaxSize(12)
        .map(list -> String.join("", list));
  }

  @Property(tries = 3000)
  void howItIsCutDoesNotMatter(
      @ForAll("answers") String text,
      @ForAll ToolConvention convention,
      @ForAll boolean parallel,
      @ForAll boolean forced,
      @ForAll long seed) {
    AnswerStyle style = new AnswerStyle(!forced, false, convention, NAMES, parallel, forced);
    List<String> pieces = new ArrayList<>();
    Random random = new Random(seed);
    for (int from = 0; from < text.length(); ) {
      int to = Math.min(text.length(), from + 1 + random.nextInt(5));
      pieces.add(text.substring(from, to));
      from = to;
    }
    assertThat(read(style, pieces)).isEqualTo(read(style, List.of(text)));
  }
}
