package io.penstock.engine.tokenizer.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hostile templates and data end in an error, soon and with the stack intact. */
class TemplateLimitsTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for a in range(99999) %}{% for b in range(99999) %}{{ '' }}{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
        "{{ 'a' * 999999999999 }}",
        "{{ 'a' * 9223372036854775807 }}",
        "{{ [1] * 999999999999 }}",
        "{{ range(999999999999)|length }}",
        "{{ 2 ** 99999999999 }}",
        "{{ 'a'|center(999999999999) }}",
        "{{ 'a'.zfill(999999999999) }}",
        "{{ '%999999999d' % 1 * 99999999 }}",
        "{% set l = [] %}{% set _ = l.append(l) %}{{ l }}",
        "{% set l = [] %}{% set _ = l.append(l) %}{{ l|tojson }}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
      })
  void hostileTemplateFails(String source) {
    assertThatThrownBy(() -> Template.compile(source).render(Map.of()))
        .isInstanceOf(TemplateException.class);
  }

  @Test
  void growthByDoublingFails() {
    String source =
        "{% set ns = namespace(s='ab') %}{% for i in range(64) %}{% set ns.s = OP %}{% endfor %}";
    for (String grow :
        List.of(
            "ns.s + ns.s",
            "ns.s ~ ns.s",
            "ns.s * 2",
            "ns.s.replace('a', 'aa')",
            "[ns.s, ns.s]|join",
            "ns.s|replace('b', 'bb')",
            "'{0}{0}'.format(ns.s)",
            "'%s%s' % (ns.s, ns.s)",
            "[ns.s, ns.s]|tojson")) {
      assertThatThrownBy(() -> Template.compile(source.replace("OP", grow)).render(Map.of()))
          .as(grow)
          .isInstanceOf(TemplateException.class);
    }
  }

  @Test
  void nestingFailsBeforeTheStackEnds() throws InterruptedException {
    List<String> sources =
        List.of(
            "{{ " + "(".repeat(5000) + "1" + ")".repeat(5000) + " }}",
            "{{ " + "[".repeat(5000) + "]".repeat(5000) + " }}",
            "{{ " + "-".repeat(5000) + "1 }}",
            "{{ " + "1+".repeat(5000) + "1 }}",
            "{{ x" + ".y".repeat(5000) + " }}",
            "{{ x" + "|trim".repeat(5000) + " }}",
            "{% if x %}".repeat(5000),
            "{% macro m(n) %}{% if n %}{{ [[[[m(n - 1)]]]] }}{% endif %}{% endmacro %}{{ m(9999) }}");
    for (String source : sources) {
      AtomicReference<Throwable> failure = new AtomicReference<>();
      Thread thread =
          Thread.ofPlatform()
              .stackSize(512 << 10)
              .uncaughtExceptionHandler((t, e) -> failure.set(e))
              .start(() -> Template.compile(source).render(Map.of()));
      thread.join();
      assertThat(failure.get()).as(source.substring(0, 20)).isInstanceOf(TemplateException.class);
    }
  }

  @Test
  void deepDataIsPrintedOrRefusedButDoesNotOverflow() {
    Object deep = "x";
    for (int i = 0; i < 500; i++) {
      deep = List.of(deep);
    }
    Map<String, Object> variables = Map.of("deep", deep);
    assertThat(Template.compile("{{ deep|tojson }}").render(variables)).hasSize(1003);
  }

  @Test
  void dataIsNeverInterpretedAndNeverChanged() {
    List<Object> list = new ArrayList<>(List.of(1));
    Map<String, Object> variables = new HashMap<>();
    variables.put("text", "{{ 7 * 7 }}{% raise %}{# #}");
    variables.put("list", list);
    String rendered =
        Template.compile("{{ text }}{% set _ = list.append(2) %}{{ list }}").render(variables);
    assertThat(rendered).isEqualTo("{{ 7 * 7 }}{% raise %}{# #}[1, 2]");
    assertThat(list).containsExactly(1);
  }

  @Test
  void errorsSayTheLine() {
    assertThatThrownBy(() -> Template.compile("a\nb\n{{ 1 + }}"))
        .isInstanceOfSatisfying(TemplateException.class, e -> assertThat(e.line()).isEqualTo(3))
        .hasMessageStartingWith("line 3: ");
    assertThatThrownBy(
            () -> Template.compile("a\n{% if true %}\n{{ 1 + 'a' }}{% endif %}").render(Map.of()))
        .isInstanceOf(TemplateException.class)
        .hasMessage("line 3: unsupported operand type(s) for +: 'int' and 'str'");
    assertThatThrownBy(
            () -> Template.compile("a\n{{ raise_exception('no tools') }}").render(Map.of()))
        .isInstanceOfSatisfying(TemplateException.class, e -> assertThat(e.isRaised()).isTrue())
        .hasMessage("no tools");
  }
}
