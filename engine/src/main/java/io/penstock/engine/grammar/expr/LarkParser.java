package io.penstock.engine.grammar.expr;

import io.penstock.engine.core.ConstraintException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads grammars in Lark's notation, as vLLM and llguidance take them: rules in small letters,
 * terminals in capitals, strings, regular expressions, {@code ( ) [ ] | * + ? ~ n..m}, {@code
 * %ignore} and {@code %import common.NAME}. The first text is what the rule {@code start} matches,
 * or the first rule if there is none.
 *
 * <p>There is no tokenizer before the rules: a text is one of the language if it can be cut into
 * terminals in any way. Between two terminals stands at most one of those that are ignored.
 */
public final class LarkParser {
  private static final String START = "start";
  private static final int DEEPEST = 100;

  private final LarkLexer lexer;
  private final Map<String, Rule> rules = new LinkedHashMap<>();
  private final Set<String> defined = new LinkedHashSet<>();
  private final Rule ignored = new Rule("%ignore");
  private final List<Expr> ignores = new ArrayList<>();
  private boolean inTerminal;
  private int depth;

  private LarkParser(String source) {
    this.lexer = new LarkLexer(source);
  }

  /**
   * @throws ConstraintException naming the line where it is not usable
   */
  public static Expr parse(String source) {
    return new LarkParser(source).grammar();
  }

  private Expr grammar() {
    while (!lexer.atEnd()) {
      if (lexer.accept("%ignore")) {
        inTerminal = true;
        ignores.add(alternatives());
      } else if (lexer.accept("%import")) {
        importCommon();
      } else if (lexer.peek() == '%') {
        throw lexer.fault("only %ignore and %import are supported of the directives");
      } else {
        definition();
      }
      if (!lexer.atEnd() && !lexer.skipLines()) {
        throw lexer.fault("a line's end was expected");
      }
    }
    addCommon();
    for (String name : rules.keySet()) {
      if (!defined.contains(name)) {
        throw new ConstraintException("The grammar does not define '%s'.".formatted(name));
      }
    }
    ignored.define(ignores.isEmpty() ? Expr.EMPTY : Expr.alt(ignores));
    String start =
        defined.contains(START)
            ? START
            : defined.stream()
                .filter(name -> !isTerminal(name))
                .findFirst()
                .orElseThrow(() -> new ConstraintException("The grammar has no rule 'start'."));
    return Expr.seq(mayBeIgnored(), Expr.call(rules.get(start)));
  }

  private void definition() {
    lexer.acceptAny("?!"); // about trees
    String name = lexer.name();
    if (lexer.accept("{")) {
      throw lexer.fault("templates are not supported");
    }
    if (lexer.accept(".")) { // a priority
      lexer.number();
    }
    if (!lexer.accept(":")) {
      throw lexer.fault("':' (or '::=' in GBNF) is missing behind the name of a rule");
    }
    if (!defined.add(name)) {
      throw lexer.fault("'%s' is defined twice".formatted(name));
    }
    inTerminal = isTerminal(name);
    Rule rule = rule(name);
    rule.define(LeftRecursion.resolved(rule, alternatives()));
  }

  private Rule rule(String name) {
    return rules.computeIfAbsent(name, Rule::new);
  }

  private static boolean isTerminal(String name) {
    return name.equals(name.toUpperCase(java.util.Locale.ROOT));
  }

  // ---- imports

  private void importCommon() {
    if (!lexer.accept("common")) {
      throw lexer.fault("only imports from 'common' are supported");
    }
    if (lexer.accept(".")) {
      String name = lexer.name();
      String alias = lexer.accept("->") ? lexer.name() : name;
      define(alias, name);
    } else if (lexer.accept("(")) {
      do {
        String name = lexer.name();
        define(name, name);
      } while (lexer.accept(","));
      lexer.require(")");
    } else {
      throw lexer.fault("'.' or '(' is missing behind 'common'");
    }
  }

  private void define(String alias, String name) {
    if (!LarkCommon.has(name)) {
      throw lexer.fault("there is no common.%s".formatted(name));
    }
    if (defined.add(alias)) {
      rule(alias).define(LarkCommon.of(name));
    }
  }

  /** Those that are used without an import, since the ones of XGrammar and others know them. */
  private void addCommon() {
    for (String name : List.copyOf(rules.keySet())) {
      if (!defined.contains(name) && LarkCommon.has(name)) {
        define(name, name);
      }
    }
  }

  // ---- alternatives, sequences

  private Expr alternatives() {
    if (++depth > DEEPEST) {
      throw lexer.fault("groups are nested too deeply");
    }
    List<Expr> options = new ArrayList<>();
    lexer.skipTo('|'); // a rule may begin with one
    lexer.accept("|");
    do {
      options.add(sequence());
      lexer.skipTo('|');
    } while (lexer.accept("|"));
    depth--;
    return Expr.alt(options);
  }

  private Expr sequence() {
    List<Expr> parts = new ArrayList<>();
    while (lexer.startsAtom()) {
      parts.add(quantified(atom()));
    }
    if (lexer.accept("->")) { // a tree's name
      lexer.name();
    }
    return Expr.seq(parts);
  }

  private Expr quantified(Expr atom) {
    if (lexer.accept("*")) {
      return Expr.star(atom);
    }
    if (lexer.accept("+")) {
      return Expr.repeat(atom, 1, Expr.UNLIMITED);
    }
    if (lexer.accept("?")) {
      return Expr.optional(atom);
    }
    if (lexer.accept("~")) {
      int least = lexer.number();
      int most = lexer.accept("..") ? lexer.number() : least;
      if (most < least) {
        throw lexer.fault("a repetition's bounds are the wrong way round");
      }
      return Expr.repeat(atom, least, most);
    }
    return atom;
  }

  private Expr atom() {
    if (lexer.accept("(")) {
      Expr inner = alternatives();
      lexer.skipTo(')');
      lexer.require(")");
      return inner;
    }
    if (lexer.accept("[")) {
      Expr inner = alternatives();
      lexer.skipTo(']');
      lexer.require("]");
      return Expr.optional(inner);
    }
    if (lexer.peek() == '"') {
      return terminal(literal());
    }
    if (lexer.peek() == '/') {
      return terminal(lexer.regex());
    }
    String name = lexer.name();
    if (lexer.accept("{")) {
      throw lexer.fault("templates are not supported");
    }
    Expr call = Expr.call(rule(name));
    return isTerminal(name) ? terminal(call) : call;
  }

  private Expr literal() {
    String text = lexer.string();
    if (lexer.accept("..")) {
      String last = lexer.string();
      if (text.codePointCount(0, text.length()) != 1
          || last.codePointCount(0, last.length()) != 1) {
        throw lexer.fault("a range's ends must be single characters");
      }
      if (last.codePointAt(0) < text.codePointAt(0)) {
        throw lexer.fault("a range's ends are the wrong way round");
      }
      return Expr.chars(CodePoints.of(text.codePointAt(0), last.codePointAt(0)));
    }
    return lexer.acceptFlag('i') ? anyCase(text) : Expr.text(text);
  }

  private static Expr anyCase(String text) {
    return Expr.seq(
        text.codePoints().mapToObj(c -> Expr.chars(CodePoints.of(c).anyCase())).toList());
  }

  /** Within terminals nothing is ignored. */
  private Expr terminal(Expr text) {
    return inTerminal ? text : Expr.seq(text, mayBeIgnored());
  }

  private Expr mayBeIgnored() {
    return Expr.optional(Expr.call(ignored));
  }
}
