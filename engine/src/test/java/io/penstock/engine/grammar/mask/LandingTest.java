package io.penstock.engine.grammar.mask;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.core.OutputConstraint;
import io.penstock.engine.grammar.GrammarCompiler;
import io.penstock.engine.grammar.Vocabularies;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Texts of random tokens are complete when their tokens are used up, if they can be. */
class LandingTest {
  private static final Path SCHEMAS = Path.of("../bench/src/main/resources/clients/schemas");
  private static GrammarCompiler compiler;

  private static synchronized GrammarCompiler compiler() {
    if (compiler == null) {
      compiler = new GrammarCompiler(Vocabularies.smolLm2());
    }
    return compiler;
  }

  static Stream<Path> schemas() throws IOException {
    return Files.list(SCHEMAS).sorted();
  }

  @ParameterizedTest
  @MethodSource("schemas")
  void whatMayBeCompleteInTimeIs(Path file) throws IOException {
    CompiledGrammar grammar = compiler().compile(new OutputConstraint.Json(Files.readString(file)));
    Random random = new Random(file.hashCode());
    int least = grammar.landing().distance(grammar.automaton().start());
    for (int more : List.of(0, 1, 7, 30, 100)) {
      assertThat(isComplete(grammar, least + more, random)).as("%d more", more).isTrue();
    }
  }

  /** Random tokens hardly ever end what may be nested without end. */
  @Test
  void whatWouldNeverEndIsBroughtToItsEnd() {
    CompiledGrammar any = compiler().compile(new OutputConstraint.JsonObject());
    for (int seed = 0; seed < 20; seed++) {
      assertThat(isComplete(any, 60, new Random(seed))).isTrue();
    }
  }

  @Test
  void nothingHappensWhereItCannotBeComplete() {
    CompiledGrammar grammar =
        compiler()
            .compile(
                new OutputConstraint.Json(
                    "{\"type\":\"string\",\"minLength\":200,\"maxLength\":300}"));
    GrammarMatcher matcher = grammar.matcher();
    assertThat(matcher.allowed(20)).isEqualTo(matcher.allowed());
    assertThat(matcher.wasShortened()).isFalse();
  }

  private static boolean isComplete(CompiledGrammar grammar, int tokens, Random random) {
    GrammarMatcher matcher = grammar.matcher();
    for (int left = tokens; left > 0 && !matcher.isComplete(); left--) {
      int[] allowed = matcher.allowed(left);
      if (allowed == null) {
        break; // behind its end
      }
      assertThat(matcher.accept(Walks.pick(allowed, random))).isTrue();
    }
    return matcher.mayEnd();
  }
}
