package io.penstock.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.core.OutputConstraint;
import io.penstock.engine.grammar.mask.CompiledGrammar;
import io.penstock.engine.grammar.mask.Walks;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/** Grammars in Lark's notation, as vLLM takes them beside GBNF. */
class LarkTest {
  private static final GrammarCompiler COMPILER =
      new GrammarCompiler(
          Vocabularies.pieces("SELECT a FROM t 1+2*(3-4) {\"x\": [1]}", 80, new Random(4)));

  private static CompiledGrammar lark(String source) {
    return COMPILER.compile(new OutputConstraint.Grammar(source));
  }

  /** The calculator of Lark's documentation: left recursion, names of trees, ignored blanks. */
  @Test
  void readsACalculator() {
    CompiledGrammar grammar =
        lark(
            """
            ?start: sum
                  | NAME "=" sum    -> assign_var

            ?sum: product
                | sum "+" product   -> add
                | sum "-" product   -> sub

            ?product: atom
                | product "*" atom  -> mul

            ?atom: NUMBER           -> number
                 | "-" atom         -> neg
                 | NAME             -> var
                 | "(" sum ")"

            %import common.CNAME -> NAME
            %import common.NUMBER
            %import common.WS_INLINE
            %ignore WS_INLINE
            """);
    assertThat(List.of("1", "1+2", "1 + 2 * (3 - x)", " y = -1.5e3", "1-2-3-4", "((2))"))
        .allMatch(text -> Walks.accepts(grammar, text));
    assertThat(List.of("", "1+", "(1", "x = = 1", "1 2", "1\n+2"))
        .noneMatch(text -> Walks.accepts(grammar, text));
  }

  /** vLLM's example. */
  @Test
  void readsStatementsOfSql() {
    CompiledGrammar grammar =
        lark(
            """
            start: select_statement  // of one table
            select_statement: "SELECT"i " " column (", " column)~0..2 " from " table [" where " condition]
            column: "col_1" | "col_2"
            table: "table_1" | "table_2"
            condition: column " = " NUMBER
            NUMBER: /[1-9][0-9]{0,2}/ | "0"
            """);
    assertThat(
            List.of(
                "SELECT col_1 from table_1", "select col_1, col_2 from table_2 where col_1 = 10"))
        .allMatch(text -> Walks.accepts(grammar, text));
    assertThat(List.of("SELECT col_3 from table_1", "SELECT col_1 from table_1 where col_1 = 1000"))
        .noneMatch(text -> Walks.accepts(grammar, text));
  }

  @Test
  void readsJson() {
    CompiledGrammar grammar =
        lark(
            """
            ?start: value
            ?value: object | array | string
                  | SIGNED_INT -> number
                  | "true" | "false" | "null"
            array  : "[" [value ("," value)*] "]"
            object : "{" [pair ("," pair)*] "}"
            pair   : string ":" value
            string : /"[^"\\\\\\x00-\\x1f]*"/
            SIGNED_INT.2: "-"? ("0" | "1".."9" "0".."9"*)
            WS: /[ \\t\\n]/
            %ignore WS
            """);
    assertThat(Walks.accepts(grammar, "{\"a\": [1, {\"b\":null}],\n\"c\":\"é\"}")).isTrue();
    assertThat(Walks.accepts(grammar, "[01]")).isFalse();
    Random random = new Random(6);
    for (int i = 0; i < 30; i++) {
      byte[] text = Walks.text(grammar, random, 30, i == 0);
      assertThat(JsonMapper.shared().readTree(text))
          .as(new String(text, StandardCharsets.UTF_8))
          .isNotNull();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "start: a ~ does not define 'a'",
        "start: \"a ~ line 1: a string has no closing quote",
        "start: (\"a\" ~ line 1: ')' is missing",
        "start \"a\" ~ ':' (or '::=' in GBNF) is missing",
        "start: /(?=a)b/ ~ look-ahead",
        "`start: \"a\"\n%declare X` ~ line 2: only %ignore and %import",
        "`%import python.NAME\nstart: NAME` ~ only imports from 'common'",
        "`%import common.NOPE\nstart: NOPE` ~ no common.NOPE",
        "start: _sep{\"a\"} ~ templates",
        "`start: \"a\"\nstart: \"b\"` ~ line 2: 'start' is defined twice",
        "`start: x \"a\"\nx: start \"b\"` ~ left recursion",
      })
  void saysWhatIsWrong(String source, String problem) {
    assertThatThrownBy(() -> lark(source))
        .isInstanceOf(ConstraintException.class)
        .hasMessageContaining(problem);
  }
}
