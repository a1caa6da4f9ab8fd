package io.penstock.engine.grammar.schema;

import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.grammar.automaton.Automaton;
import io.penstock.engine.grammar.expr.CodePoints;
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
    List<Expr> excluded = excluded(schema, path);
    if (!excluded.isEmpty()) { // these are written in one way, so must be what they are taken from
      contents.add(Expr.star(JsonExprs.character(CodePoints.ALL)));
    }
    return Expr.seq(JsonExprs.QUOTE, all(contents, excluded, path), JsonExprs.QUOTE);
  }

  private static Expr all(List<Expr> contents, List<Expr> excluded, Path path) {
    if (contents.size() == 1) {
      return contents.getFirst();
    }
    try {
      Dfa all = null;
      for (Expr content : contents) {
        Dfa dfa = Automaton.dfa(content, MOST_NODES);
        all = all == null ? dfa : all.and(dfa);
      }
      for (Expr content : excluded) {
        all = all.minus(Automaton.dfa(content, MOST_NODES));
      }
      return Expr.machine(all);
    } catch (ConstraintException e) {
      throw path.fault(e.getMessage());
    }
  }

  /** What it may not be. */
  private static List<Expr> excluded(JsonNode schema, Path path) {
    List<Expr> excluded = new ArrayList<>();
    for (JsonNode pattern : schema.path(Keywords.NOT_PATTERN)) {
      excluded.add(pattern(pattern, path));
    }
    for (JsonNode value : schema.path(Keywords.NOT_VALUES)) {
      if (value.isString()) {
        excluded.add(
            Expr.seq(
                value
                    .stringValue()
                    .codePoints()
                    .mapToObj(c -> JsonExprs.character(CodePoints.of(c)))
                    .toList()));
      }
    }
    return excluded;
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
