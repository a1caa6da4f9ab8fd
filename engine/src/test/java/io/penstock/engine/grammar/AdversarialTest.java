package io.penstock.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.core.OutputConstraint;
import io.penstock.engine.core.OutputConstraint.Choice;
import io.penstock.engine.core.OutputConstraint.Grammar;
import io.penstock.engine.core.OutputConstraint.Json;
import io.penstock.engine.core.OutputConstraint.Regex;
import io.penstock.engine.grammar.mask.CompiledGrammar;
import io.penstock.engine.grammar.mask.GrammarMatcher;
import io.penstock.engine.grammar.mask.Walks;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is made to take long or much: it is compiled, or refused with a reason, within bounds of
 * processor time and memory, and so are its masks.
 */
class AdversarialTest {
  private static final Duration LONGEST = Duration.ofSeconds(6);
  private static final long MOST_BYTES = 3L << 30; // allocated in all, not kept
  private static final int TOKENS = 60;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final GrammarCompiler COMPILER = new GrammarCompiler(Vocabularies.smolLm2());

  static Stream<Arguments> bombs() {
    Map<String, OutputConstraint> bombs = new TreeMap<>();
    bombs.put("nested 20,000 deep", new Json(nested(20_000)));
    bombs.put("nested 150 deep", new Json(nested(150)));
    bombs.put("enum of 10,000 values", new Json(enumOf(10_000, "a value with some text ")));
    bombs.put("enum of 18,000 values", new Json(enumOf(18_000, "v")));
    bombs.put("choice of 100,000 texts", new Choice(texts(100_000)));
    bombs.put("references that double, as properties", new Json(doubling("properties", 60)));
    bombs.put("references that double, as allOf", new Json(doubling("allOf", 40)));
    bombs.put("references that double, as anyOf", new Json(doubling("anyOf", 40)));
    bombs.put("references that double, negated", new Json(doubling("not", 40)));
    bombs.put("a negation of itself", new Json("{\"not\":{\"$ref\":\"#\"}}"));
    bombs.put(
        "a condition on itself",
        new Json("{\"if\":{\"$ref\":\"#\"},\"then\":{\"type\":\"null\"}}"));
    bombs.put("products of anyOf", new Json(products(10, 10)));
    bombs.put("40 dependencies", new Json(dependencies(40)));
    bombs.put("oneOf of 200 that overlap", new Json(overlapping(200)));
    bombs.put("oneOf of 8 that overlap", new Json(overlapping(8)));
    bombs.put("items within items", new Json(repeated(4, 90_000)));
    bombs.put("2,000 optional properties", new Json(optional(2_000, "")));
    bombs.put(
        "2,000 optional properties, 1,000 at least",
        new Json(optional(2_000, ",\"minProperties\":1000")));
    bombs.put("patterns of names", new Json(namePatterns(6)));
    bombs.put("100 patterns of names", new Json(namePatterns(100)));
    bombs.put("a prime divisor", new Json("{\"type\":\"integer\",\"multipleOf\":99991}"));
    bombs.put(
        "a fine divisor",
        new Json(
            "{\"type\":\"number\",\"multipleOf\":0.0000007,\"minimum\":-1e30,\"maximum\":1e30}"));
    bombs.put(
        "unique ones of 400",
        new Json(
            "{\"type\":\"array\",\"uniqueItems\":true,\"minItems\":200,\"items\":"
                + enumOf(400, "v")
                + "}"));
    bombs.put(
        "unique ones of 30",
        new Json("{\"type\":\"array\",\"uniqueItems\":true,\"items\":" + enumOf(30, "v") + "}"));
    bombs.put("items that count within such", new Json(counted(12, 3, 5)));
    bombs.put("1,000 items, 3 that count", new Json(counted(1, 1_000, 3)));
    bombs.put("four kinds of items that count", new Json(kinds(4, 30)));
    bombs.put("three kinds of items that count", new Json(kinds(3, 8)));
    bombs.put(
        "products of anyOf, not evaluated",
        new Json(products(10, 10).replaceFirst("\\{", "{\"unevaluatedProperties\":false,")));
    bombs.put(
        "a bound of 60 digits",
        new Json(
            "{\"type\":\"number\",\"minimum\":-1e59,\"exclusiveMaximum\":0.000000000000000000000000000000001}"));
    bombs.put(
        "a long string's pattern",
        new Json("{\"type\":\"string\",\"pattern\":\"a.{400}$\",\"maxLength\":5000}"));
    bombs.put(
        "a name of 200,000 characters",
        new Json("{\"properties\":{\"" + "k".repeat(200_000) + "\":{}}}"));
    bombs.put("300,000 characters", new Json("{\"title\":\"" + "x".repeat(300_000) + "\"}"));
    bombs.put("regex {1,100000}", new Regex("a{1,100000}"));
    bombs.put("regex {1,10000}", new Regex("[a-zé-ü]{1,10000}"));
    bombs.put("regex {1,9999}{1,9999}", new Regex("(([a-z]{1,9999}x){1,9999}y){1,9999}"));
    bombs.put("regex (x+x+)+y", new Regex("(x+x+)+y"));
    bombs.put("regex of many optional", new Regex("a?".repeat(3000) + "a".repeat(3000)));
    bombs.put("regex of many ways", new Regex("(.*a){40}"));
    bombs.put("regex (a|b)*a(a|b){2000}", new Regex("(a|b)*a(a|b){2000}"));
    bombs.put("regex of boundaries", new Regex("(\\b\\w+\\b.?){300}"));
    bombs.put("regex of 50,000 groups", new Regex("(".repeat(50_000) + "a" + ")".repeat(50_000)));
    bombs.put("regex of properties", new Regex("(\\p{L}|\\p{N}|\\P{Lu}){1,5000}".repeat(20)));
    bombs.put(
        "grammar of 50,000 groups",
        new Grammar("root ::= " + "(".repeat(50_000) + "\"a\"" + ")".repeat(50_000)));
    bombs.put("grammar of 5,000 rules", new Grammar(rules(5_000)));
    bombs.put("grammar of 1,500 rules", new Grammar(rules(1_500)));
    bombs.put("grammar that doubles", new Grammar(doublingRules(60)));
    bombs.put(
        "grammar of all ways",
        new Grammar(
            "root ::= s{1,50}\ns ::= \"a\" s \"a\" | \"a\" s | s2 | \"b\"\ns2 ::= \"a\" s2 s2 | \"a\""));
    bombs.put(
        "lark of many repetitions", new Grammar("start: ((\"a\" \"b\"?)~1..10000 \"c\")~1..10000"));
    return bombs.entrySet().stream().map(bomb -> Arguments.of(bomb.getKey(), bomb.getValue()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("bombs")
  void isBounded(String name, OutputConstraint bomb) {
    long start = THREADS.getCurrentThreadCpuTime();
    long bytes = THREADS.getCurrentThreadAllocatedBytes();
    try {
      CompiledGrammar compiled = COMPILER.compile(bomb);
      walk(compiled);
    } catch (ConstraintException e) {
      assertThat(e.getMessage()).hasSizeBetween(10, 400).endsWith(".");
    }
    assertThat(Duration.ofNanos(THREADS.getCurrentThreadCpuTime() - start)).isLessThan(LONGEST);
    assertThat(THREADS.getCurrentThreadAllocatedBytes() - bytes).isLessThan(MOST_BYTES);
  }

  /** Whoever asks for the same again and again does not have it looked at again and again. */
  @Test
  void whatWasRefusedIsRefusedForNothing() {
    OutputConstraint bomb =
        new Json("{\"type\":\"string\",\"pattern\":\"b.{450}$\",\"maxLength\":4000}");
    long[] nanos = new long[2];
    String[] messages = new String[2];
    for (int i = 0; i < 2; i++) {
      long start = THREADS.getCurrentThreadCpuTime();
      try {
        COMPILER.compile(bomb);
      } catch (ConstraintException e) {
        messages[i] = e.getMessage();
      }
      nanos[i] = THREADS.getCurrentThreadCpuTime() - start;
    }
    assertThat(messages[0]).contains("too complex").isEqualTo(messages[1]);
    assertThat(nanos[1]).isLessThan(nanos[0] / 5);
  }

  private static void walk(CompiledGrammar grammar) {
    Random random = new Random(1);
    GrammarMatcher matcher = grammar.matcher();
    for (int i = TOKENS; i > 0 && !matcher.isComplete(); i--) {
      int[] allowed = matcher.allowed(i);
      if (allowed == null) {
        return;
      }
      assertThat(matcher.accept(Walks.pick(allowed, random))).isTrue();
    }
  }

  // ---- what they are made of

  private static String nested(int depth) {
    return "{\"items\":".repeat(depth) + "{}" + "}".repeat(depth);
  }

  private static List<String> texts(int count) {
    return IntStream.range(0, count).mapToObj(i -> "text " + i * 7919L).toList();
  }

  private static String enumOf(int count, String prefix) {
    return IntStream.range(0, count)
        .mapToObj(i -> "\"" + prefix + i + "\"")
        .collect(Collectors.joining(",", "{\"enum\":[", "]}"));
  }

  private static String doubling(String keyword, int levels) {
    StringBuilder schema = new StringBuilder("{\"$ref\":\"#/$defs/d" + levels + "\",\"$defs\":{");
    schema.append("\"d0\":{\"type\":\"string\",\"minLength\":2}");
    for (int i = 1; i <= levels; i++) {
      String before = "{\"$ref\":\"#/$defs/d" + (i - 1) + "\"}";
      String body =
          switch (keyword) {
            case "properties" -> "{\"properties\":{\"x\":%s,\"y\":%s},\"required\":[\"x\",\"y\"]}";
            case "not" -> "{\"not\":{\"anyOf\":[%s,%s]}}";
            default -> "{\"" + keyword + "\":[%s,%s]}";
          };
      schema.append(",\"d").append(i).append("\":").append(body.formatted(before, before));
    }
    return schema.append("}}").toString();
  }

  private static String products(int factors, int options) {
    String anyOf =
        IntStream.range(0, options)
            .mapToObj(i -> "{\"minimum\":" + i + "}")
            .collect(Collectors.joining(",", "{\"anyOf\":[", "]}"));
    return "{\"type\":\"integer\",\"allOf\":["
        + String.join(",", Collections.nCopies(factors, anyOf))
        + "]}";
  }

  private static String dependencies(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "\"p" + i + "\":[\"p" + (i + 1) + "\"]")
        .collect(Collectors.joining(",", "{\"type\":\"object\",\"dependentRequired\":{", "}}"));
  }

  private static String overlapping(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "{\"type\":\"integer\",\"minimum\":" + i + ",\"maximum\":" + (i + 5) + "}")
        .collect(Collectors.joining(",", "{\"oneOf\":[", "]}"));
  }

  private static String repeated(int depth, int least) {
    String schema = "{\"type\":\"string\",\"maxLength\":100000}";
    for (int i = 0; i < depth; i++) {
      schema = "{\"type\":\"array\",\"items\":" + schema + ",\"minItems\":" + least + "}";
    }
    return schema;
  }

  private static String counted(int depth, int items, int most) {
    String schema = "{\"properties\":{\"a\":{\"const\":1}},\"required\":[\"a\"]}";
    for (int i = 0; i < depth; i++) {
      schema =
          "{\"type\":\"array\",\"contains\":%s,\"maxContains\":%d,\"minItems\":%d}"
              .formatted(schema, most, items);
    }
    return schema;
  }

  private static String kinds(int count, int most) {
    return IntStream.range(0, count)
        .mapToObj(
            i ->
                "{\"contains\":{\"multipleOf\":%d},\"minContains\":2,\"maxContains\":%d}"
                    .formatted(i + 2, most))
        .collect(
            Collectors.joining(
                ",",
                "{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":999},\"allOf\":[",
                "]}"));
  }

  private static String optional(int count, String more) {
    return IntStream.range(0, count)
        .mapToObj(i -> "\"property number " + i + "\":{\"type\":\"integer\"}")
        .collect(Collectors.joining(",", "{\"properties\":{", "}" + more + "}"));
  }

  private static String namePatterns(int count) {
    return IntStream.range(0, count)
        .mapToObj(
            i -> "\"[a-f]" + "x".repeat(i) + ".{" + (i + 2) + "}[^b]\":{\"minimum\":" + i + "}")
        .collect(Collectors.joining(",", "{\"type\":\"object\",\"patternProperties\":{", "}}"));
  }

  private static String rules(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "r" + i + " ::= \"(\" r" + (i + 1) % count + " \")\" | \"" + i + "\"")
        .collect(Collectors.joining("\n", "root ::= r0\n", "\n"));
  }

  private static String doublingRules(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "r" + i + " ::= r" + (i + 1) + " r" + (i + 1))
        .collect(Collectors.joining("\n", "root ::= r0\n", "\nr" + count + " ::= \"a\"?\n"));
  }
}
