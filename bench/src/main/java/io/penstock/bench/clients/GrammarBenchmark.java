package io.penstock.bench.clients;

import io.penstock.bench.Installation;
import io.penstock.engine.core.OutputConstraint;
import io.penstock.engine.grammar.GrammarCompiler;
import io.penstock.engine.grammar.mask.CompiledGrammar;
import io.penstock.engine.grammar.mask.GrammarMatcher;
import io.penstock.engine.grammar.mask.TokenVocabulary;
import io.penstock.engine.runtime.ModelText;
import io.penstock.engine.weights.Checkpoint;
import io.penstock.engine.weights.Checkpoints;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What a token of structured output takes of the host, by JMH, on the bundled model's vocabulary:
 * texts of all fifty schemas, one after the other, token by token.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class GrammarBenchmark {
  private static final int TEXTS = 4; // of each schema
  private static final int TOKENS = 150;

  private final List<int[]> texts = new ArrayList<>();
  private final List<CompiledGrammar> grammars = new ArrayList<>();
  private final List<SchemaFile> schemas = new ArrayList<>();
  private GrammarCompiler compiler;
  private GrammarMatcher matcher;
  private int text;
  private int token;
  private int compiled;

  static TokenVocabulary vocabulary() {
    try (Checkpoint checkpoint = Checkpoints.open(Installation.bundledModel())) {
      return ModelText.of(checkpoint.tokenizer())
          .vocabulary(checkpoint.config().vocabSize(), checkpoint.generation().eosTokenIds());
    }
  }

  @Setup
  public void walk() throws IOException {
    compiler = new GrammarCompiler(vocabulary());
    schemas.addAll(SchemaFile.all());
    Random random = new Random(1);
    for (SchemaFile schema : schemas) {
      CompiledGrammar grammar = compiler.compile(schema.constraint());
      for (int i = 0; i < TEXTS; i++) {
        grammars.add(grammar);
        texts.add(randomTokens(grammar, random));
      }
    }
    matcher = grammars.getFirst().matcher();
  }

  /** Random tokens that the masks allow. */
  static int[] randomTokens(CompiledGrammar grammar, Random random) {
    GrammarMatcher matcher = grammar.matcher();
    int[] tokens = new int[TOKENS];
    int count = 0;
    while (count < TOKENS && !matcher.isComplete()) {
      tokens[count] = pick(matcher.allowed(), random);
      matcher.accept(tokens[count++]);
    }
    return java.util.Arrays.copyOf(tokens, count);
  }

  private static int pick(int[] allowed, Random random) {
    int count = 0;
    for (int word : allowed) {
      count += Integer.bitCount(word);
    }
    int left = random.nextInt(count);
    for (int w = 0; ; w++) {
      int bits = Integer.bitCount(allowed[w]);
      if (left < bits) {
        int word = allowed[w];
        for (; left > 0; left--) {
          word &= word - 1;
        }
        return w * 32 + Integer.numberOfTrailingZeros(word);
      }
      left -= bits;
    }
  }

  /** The mask of one more token, and the token. */
  @Benchmark
  public int[] mask() {
    int[] allowed = matcher.allowed();
    matcher.accept(texts.get(text)[token++]);
    if (token == texts.get(text).length) {
      token = 0;
      text = (text + 1) % texts.size();
      matcher = grammars.get(text).matcher();
    }
    return allowed;
  }

  /** A schema that was not seen before, up to its first mask. */
  @Benchmark
  public int[] compile() {
    SchemaFile schema = schemas.get(compiled % schemas.size());
    String anew = schema.source() + " ".repeat(compiled / schemas.size() % 1000);
    compiled++;
    return compiler.compile(new OutputConstraint.Json(anew)).matcher().allowed();
  }
}
