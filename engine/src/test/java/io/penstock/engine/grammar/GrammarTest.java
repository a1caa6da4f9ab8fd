package io.penstock.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.core.OutputConstraint;
import io.penstock.engine.grammar.mask.CompiledGrammar;
import io.penstock.engine.grammar.mask.GrammarMatcher;
import io.penstock.engine.grammar.mask.Walks;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/** GBNF, choices, and parts that are put together. */
class GrammarTest {
  private static final GrammarCompiler COMPILER =
      new GrammarCompiler(
          Vocabularies.pieces("(1+2)*3 [x] <tool_call> text {\"a\":", 80, new Random(3)));

  private static CompiledGrammar gbnf(String source) {
    return COMPILER.compile(new OutputConstraint.Grammar(source));
  }

  @Test
  void readsRulesThatCallThemselves() {
    CompiledGrammar grammar =
        gbnf(
            """
            # sums of products
            root ::= term (("+" | "-") term)*
            term ::= factor
              ("*" factor)*
            factor ::= [0-9]{1,3} | "(" root ")"   # recursion
            """);
    assertThat(List.of("1", "12+3*4", "((1))*(2-3)", "(((((9)))))"))
        .allMatch(text -> Walks.accepts(grammar, text));
    assertThat(List.of("", "1+", "(1", "1)", "1234", "()", "1 + 2"))
        .noneMatch(text -> Walks.accepts(grammar, text));
    Random random = new Random(5);
    for (int i = 0; i < 100; i++) {
      String text = new String(Walks.text(grammar, random, 30, i < 5));
      assertThat(text.chars().filter(c -> c == '(').count())
          .isEqualTo(text.chars().filter(c -> c == ')').count());
    }
  }

  @Test
  void aRuleMayBeginWithItself() {
    CompiledGrammar grammar =
        gbnf(
            "root ::= root \"+\" term | root \"-\" term | term\nterm ::= [0-9] | \"(\" root \")\"");
    assertThat(List.of("1", "1+2-3", "(1+2)-(3)")).allMatch(text -> Walks.accepts(grammar, text));
    assertThat(List.of("+1", "1+", "()")).noneMatch(text -> Walks.accepts(grammar, text));
  }

  @Test
  void readsLlamaCppsJsonGrammar() {
    CompiledGrammar grammar =
        gbnf(
            """
            root   ::= object
            value  ::= object | array | string | number | ("true" | "false" | "null") ws
            object ::= "{" ws ( string ":" ws value ("," ws string ":" ws value)* )? "}" ws
            array  ::= "[" ws ( value ("," ws value)* )? "]" ws
            string ::= "\\"" ( [^"\\\\\\x7F\\x00-\\x1F] | "\\\\" (["\\\\bfnrt] | "u" [0-9a-fA-F]{4}) )* "\\"" ws
            number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ws
            ws ::= | " " | "\\n" [ \\t]{0,20}
            """);
    assertThat(Walks.accepts(grammar, "{\"a\": [1, {\"b\":null}], \"c\":\"é\\n\"}")).isTrue();
    assertThat(Walks.accepts(grammar, "[1]")).isFalse();
    Random random = new Random(6);
    for (int i = 0; i < 30; i++) {
      byte[] text = Walks.text(grammar, random, 40, i == 0);
      assertThat(JsonMapper.shared().readTree(text).isObject()).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "`root ::= x \"a\" | \"b\"\nx ::= root` ~ left recursion",
        "root ::= x ~ does not define the rule 'x'",
        "start ::= \"a\" ~ no rule 'root'",
        "root ::= \"a ~ no closing quote",
        "root ::= (\"a\" ~ ')' is missing",
        "root = \"a\" ~ '::=' in GBNF) is missing",
        "root ::= \"a\" root ~ No text can match",
        "root ::= \"\" ~ Only the empty text",
      })
  void saysWhatIsWrong(String source, String problem) {
    assertThatThrownBy(() -> gbnf(source))
        .isInstanceOf(ConstraintException.class)
        .hasMessageContaining(problem);
  }

  @Test
  void aChoiceIsOneOfItsTexts() {
    CompiledGrammar grammar =
        COMPILER.compile(new OutputConstraint.Choice(List.of("yes", "yesterday", "no")));
    assertThat(List.of("yes", "yesterday", "no")).allMatch(text -> Walks.accepts(grammar, text));
    assertThat(List.of("", "ye", "yesno", "No")).noneMatch(text -> Walks.accepts(grammar, text));
  }

  @Test
  void manyChoicesAreNoMoreAmbiguousThanFew() {
    List<String> texts = IntStream.range(0, 5000).mapToObj(i -> "item " + i).toList();
    CompiledGrammar grammar = COMPILER.compile(new OutputConstraint.Choice(texts));
    assertThat(texts).allMatch(text -> Walks.accepts(grammar, text));
    assertThat(List.of("item", "item 5000", "item 12345"))
        .noneMatch(text -> Walks.accepts(grammar, text));
  }

  @Test
  void behindATriggerOnlyWhatFollowsItMayStand() {
    CompiledGrammar grammar =
        COMPILER.compile(
            new OutputConstraint.Triggered(
                "<tool_call>",
                new OutputConstraint.Sequence(
                    List.of(
                        new OutputConstraint.Json("{\"type\":\"integer\",\"minimum\":0}"),
                        new OutputConstraint.Text("</tool_call>")))));
    assertThat(
            List.of(
                "",
                "free text, 1 < 2",
                "<tool_cal",
                "<<tool_call>7</tool_call>",
                "text <tool_call>12</tool_call>"))
        .allMatch(text -> Walks.accepts(grammar, text));
    assertThat(
            List.of(
                "<tool_call>", "<tool_call>x", "<tool_call>7</tool_call> more", "a<tool_call>7"))
        .noneMatch(text -> Walks.accepts(grammar, text));
  }

  @Test
  void controlTokensStandWhereTheyAreAskedFor() {
    CompiledGrammar grammar =
        COMPILER.compile(
            new OutputConstraint.Repeated(
                new OutputConstraint.Sequence(
                    List.of(
                        new OutputConstraint.Control("<call>"), new OutputConstraint.Text("x"))),
                1,
                2,
                ","));
    int control = 1;
    int x = 2 + 'x';
    int comma = 2 + ',';
    assertThat(Walks.accepts(grammar, List.of(control, x))).isTrue();
    assertThat(Walks.accepts(grammar, List.of(control, x, comma, control, x))).isTrue();
    assertThat(Walks.accepts(grammar, List.of(x))).isFalse();
    assertThat(Walks.accepts(grammar, List.of(2 + 0xFF))).isFalse();
    GrammarMatcher matcher = grammar.matcher();
    assertThat(matcher.accept(control)).isTrue();
    assertThat(matcher.accept(x)).isTrue();
    assertThat(matcher.mayEnd()).isTrue();
    assertThat(matcher.isComplete()).isFalse();
    assertThatThrownBy(() -> COMPILER.compile(new OutputConstraint.Control("<none>")))
        .hasMessageContaining("no control token '<none>'");
  }

  @Test
  void anEndTokenIsAllowedExactlyWhereTheTextIsComplete() {
    GrammarMatcher matcher = COMPILER.compile(new OutputConstraint.Regex("a+")).matcher();
    assertThat(matcher.allowed()[0] & 1 << Vocabularies.END).isZero();
    assertThat(matcher.accept(2 + 'a')).isTrue();
    assertThat(matcher.allowed()[0] & 1 << Vocabularies.END).isNotZero();
    assertThat(matcher.accept(Vocabularies.END)).isTrue();
    assertThat(matcher.isComplete()).isTrue();
    assertThat(matcher.allowed()).isNull();
  }
}
