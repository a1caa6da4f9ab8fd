package io.penstock.engine.grammar;

import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.core.OutputConstraint;
import io.penstock.engine.grammar.automaton.Automaton;
import io.penstock.engine.grammar.expr.Expr;
import io.penstock.engine.grammar.expr.GrammarParser;
import io.penstock.engine.grammar.expr.LarkParser;
import io.penstock.engine.grammar.expr.RegexParser;
import io.penstock.engine.grammar.expr.TextTree;
import io.penstock.engine.grammar.mask.CompiledGrammar;
import io.penstock.engine.grammar.mask.MaskCompiler;
import io.penstock.engine.grammar.mask.TokenVocabulary;
import io.penstock.engine.grammar.schema.SchemaCompiler;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Compiles constraints for one vocabulary and keeps the latest. Several callers that ask for the
 * same at once compile it once. Safe for use by many threads; compiling happens on the caller's.
 */
public final class GrammarCompiler {
  /** Grammars that are kept; each has up to some megabytes of states and masks. */
  private static final int MOST_KEPT = 64;

  private static final int MOST_NODES = 300_000;
  private static final Duration LONGEST = Duration.ofSeconds(1);
  private static final int LONGEST_SOURCE = 256 << 10; // characters

  /** What was refused is refused again for so long without looking at it. */
  private static final Duration REFUSED_FOR = Duration.ofSeconds(30);

  private static final int MOST_REFUSED = 32;

  private final TokenVocabulary vocabulary;
  private final MaskCompiler masks;
  private final Map<OutputConstraint, CompletableFuture<CompiledGrammar>> kept =
      latest(MOST_KEPT); // guarded by itself
  private final Map<OutputConstraint, Refusal> refused = latest(MOST_REFUSED); // guarded by kept

  /**
   * Whoever sends what takes long to compile shall neither take all processors nor hold others up.
   */
  private static final Duration LONGEST_TURN = Duration.ofMillis(250);

  private final Semaphore running =
      new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / 4), true);

  private record Refusal(ConstraintException fault, long nanos) {
    boolean isRecent() {
      return System.nanoTime() - nanos < REFUSED_FOR.toNanos();
    }
  }

  private static <V> Map<OutputConstraint, V> latest(int most) {
    return new LinkedHashMap<>(16, 0.75f, true) {
      @Override
      protected boolean removeEldestEntry(Map.Entry<OutputConstraint, V> eldest) {
        return size() > most;
      }
    };
  }

  public GrammarCompiler(TokenVocabulary vocabulary) {
    this.vocabulary = vocabulary;
    this.masks = new MaskCompiler(vocabulary);
  }

  /**
   * The compiled constraint, from before if it was asked for lately.
   *
   * @throws ConstraintException when it cannot be used, saying why and where
   */
  public CompiledGrammar compile(OutputConstraint constraint) {
    CompletableFuture<CompiledGrammar> mine = new CompletableFuture<>();
    CompletableFuture<CompiledGrammar> known;
    synchronized (kept) {
      Refusal refusal = refused.get(constraint);
      if (refusal != null && refusal.isRecent()) {
        throw again(refusal.fault);
      }
      known = kept.putIfAbsent(constraint, mine);
    }
    if (known != null) {
      return join(known);
    }
    boolean turn = awaitTurn();
    try {
      mine.complete(compileAnew(constraint));
    } catch (RuntimeException | Error e) { // whoever waits for it must be told
      Throwable fault =
          e instanceof StackOverflowError ? new ConstraintException("It is nested too deeply.") : e;
      synchronized (kept) {
        kept.remove(constraint, mine);
        if (fault instanceof ConstraintException why) {
          refused.put(constraint, new Refusal(why, System.nanoTime()));
        }
      }
      mine.completeExceptionally(fault);
    } finally {
      if (turn) {
        running.release();
      }
    }
    return join(mine);
  }

  /** Whether it came to its turn; else it has waited for long enough. */
  private boolean awaitTurn() {
    try {
      return running.tryAcquire(LONGEST_TURN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private CompiledGrammar compileAnew(OutputConstraint constraint) {
    Automaton automaton = Automaton.of(expression(constraint), MOST_NODES);
    if (automaton.start().isLast()) {
      throw new ConstraintException("Only the empty text matches it.");
    }
    CompiledGrammar compiled = masks.compile(automaton);
    compiled.matcher().canGoOn(); // what is far too ambiguous is refused now
    return compiled;
  }

  private static CompiledGrammar join(CompletableFuture<CompiledGrammar> compiled) {
    try {
      return compiled.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof ConstraintException fault) {
        throw again(fault);
      }
      throw e;
    }
  }

  /** With the stack of whom it is thrown to. */
  private static ConstraintException again(ConstraintException fault) {
    return new ConstraintException(fault.path(), fault.getMessage());
  }

  // ---- constraints as expressions

  private Expr expression(OutputConstraint constraint) {
    return switch (constraint) {
      case OutputConstraint.Json c -> SchemaCompiler.compile(bounded(c.schema()), LONGEST);
      case OutputConstraint.JsonObject _ -> SchemaCompiler.anyObject();
      case OutputConstraint.Regex c -> RegexParser.whole(bounded(c.pattern()));
      case OutputConstraint.Choice c -> choice(c.texts());
      case OutputConstraint.Grammar c -> grammar(bounded(c.source()));
      case OutputConstraint.Text c -> Expr.text(c.text());
      case OutputConstraint.Control c -> control(c.name());
      case OutputConstraint.Sequence c ->
          Expr.seq(c.parts().stream().map(this::expression).toList());
      case OutputConstraint.AnyOf c ->
          Expr.alt(c.options().stream().map(this::expression).toList());
      case OutputConstraint.Repeated c -> repeated(c);
      case OutputConstraint.Triggered c -> Expr.triggered(c.trigger(), expression(c.then()));
    };
  }

  private static String bounded(String source) {
    if (source.length() > LONGEST_SOURCE) {
      throw new ConstraintException(
          "It has %d characters; at most %d are supported."
              .formatted(source.length(), LONGEST_SOURCE));
    }
    return source;
  }

  /** GBNF is known by its {@code ::=}, as vLLM tells them apart. */
  private static Expr grammar(String source) {
    return source.contains("::=") ? GrammarParser.parse(source) : LarkParser.parse(source);
  }

  private static Expr choice(List<String> texts) {
    if (texts.isEmpty() || texts.contains("")) {
      throw new ConstraintException("A choice must have at least one text, and none may be empty.");
    }
    if (texts.stream().mapToLong(String::length).sum() > LONGEST_SOURCE) {
      throw new ConstraintException(
          "The texts of the choice have more than %d characters together."
              .formatted(LONGEST_SOURCE));
    }
    return TextTree.of(texts);
  }

  private Expr control(String name) {
    Integer id = vocabulary.controls().get(name);
    if (id == null) {
      throw new ConstraintException("The model has no control token '%s'.".formatted(name));
    }
    return Expr.bytes(TokenVocabulary.controlBytes(id));
  }

  private Expr repeated(OutputConstraint.Repeated repeated) {
    Expr part = expression(repeated.part());
    if (repeated.most() == 0) {
      return Expr.EMPTY;
    }
    Expr more =
        Expr.repeat(
            Expr.seq(Expr.text(repeated.separator()), part),
            Math.max(0, repeated.least() - 1),
            repeated.most() - 1);
    Expr some = Expr.seq(part, more);
    return repeated.least() == 0 ? Expr.optional(some) : some;
  }
}
