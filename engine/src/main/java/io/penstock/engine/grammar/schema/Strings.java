package io.penstock.engine.grammar.schema;

import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.grammar.automaton.Automaton;
import io.penstock.engine.grammar.expr.Dfa;
import io.penstock.engine.grammar.expr.Expr;
import io.penstock.engine.grammar.expr.RegexParser;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Strings: patterns, formats and lengths, all of which must hold. */
final class Strings {
  private static final int MOST_NODES = 100_000;

  private Strings() {}

  static Expr compile(JsonNode schema, Path path) {
    int least = SchemaCompiler.count(schema, "minLength", 0, path);
    int most = SchemaCompiler.count(schema, "maxLength", Expr.UNLIMITED, path);
    List<Expr> contents = new ArrayList<>();
    JsonNode patterns = schema.path("pattern"); // several after a merge
    for (JsonNode pattern :
        patterns.isArray()
            ? patterns
            : schema.has("pattern") ? List.of(patterns) : List.<JsonNode>of()) {
      contents.add(pattern(pattern, path.to("pattern")));
    }
    JsonNode formats = schema.path("format");
    for (JsonNode format :
        formats.isArray()
            ? formats
            : schema.has("format") ? List.of(formats) : List.<JsonNode>of()) {
      contents.add(format(format, path.to("format")));
    }
    if (contents.isEmpty() || least > 0 || most != Expr.UNLIMITED) {
      contents.add(Expr.repeat(JsonExprs.CHARACTER, least, most));
    }
    return Expr.seq(JsonExprs.QUOTE, all(contents, path), JsonExprs.QUOTE);
  }

  private static Expr all(List<Expr> contents, Path path) {
    if (contents.size() == 1) {
      return contents.getFirst();
    }
    try {
      Dfa all = null;
      for (Expr content : contents) {
        Dfa dfa = Automaton.dfa(content, MOST_NODES);
        all = all == null ? dfa : all.and(dfa);
      }
      return Expr.machine(all);
    } catch (ConstraintException e) {
      throw path.fault(e.getMessage());
    }
  }

  private static Expr pattern(JsonNode pattern, Path path) {
    if (!pattern.isString()) {
      throw path.fault("'pattern' must be a string.");
    }
    try {
      return RegexParser.search(pattern.stringValue(), JsonExprs::character);
    } catch (ConstraintException e) {
      throw path.fault(e.getMessage());
    }
  }

  private static Expr format(JsonNode format, Path path) {
    Expr texts = format.isString() ? Formats.of(format.stringValue()) : null;
    if (texts == null) {
      throw path.fault(
          "The format %s is not supported; supported are %s."
              .formatted(
                  format.isString() ? "'" + format.stringValue() + "'" : format, Formats.names()));
    }
    return texts;
  }
}
