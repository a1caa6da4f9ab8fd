package io.penstock.engine.grammar.schema;

import io.penstock.engine.core.ConstraintException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Options of {@code oneOf} as ones of which at most one holds, so that any of them may. */
final class Exclusive {
  /** Options that are told apart by what the others are not. */
  private static final int MOST_OVERLAPPING = 8;

  private final References references;
  private final Negation negation;
  private final SchemaMerge merge;

  Exclusive(References references, Negation negation, SchemaMerge merge) {
    this.references = references;
    this.negation = negation;
    this.merge = merge;
  }

  /**
   * By themselves, or without what others allow as well.
   *
   * @param merged the options with what stands beside them
   * @param options the same as they are written
   * @param path of the keyword
   */
  List<JsonNode> of(List<JsonNode> merged, JsonNode options, Path path) {
    try {
      new Disjointness(references).require(merged, path);
      return merged;
    } catch (ConstraintException overlapping) {
      if (options.size() > MOST_OVERLAPPING) {
        throw overlapping;
      }
      try {
        List<JsonNode> alone = new ArrayList<>();
        for (int i = 0; i < merged.size(); i++) {
          List<JsonNode> all = new ArrayList<>(List.of(merged.get(i)));
          for (int j = 0; j < merged.size(); j++) {
            if (j != i) {
              all.add(negation.of(options.get(j), path.to(j)));
            }
          }
          alone.add(allOf(all, path.to(i).derived()));
        }
        return alone;
      } catch (ConstraintException e) {
        throw overlapping; // which says more
      }
    }
  }

  private JsonNode allOf(List<JsonNode> schemas, Path path) {
    try {
      return merge.flat(Rewrites.allOf(schemas.toArray(JsonNode[]::new)), path);
    } catch (Contradiction e) {
      return JsonNodeFactory.instance.booleanNode(false);
    }
  }
}
