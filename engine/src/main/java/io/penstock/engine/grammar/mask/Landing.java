package io.penstock.engine.grammar.mask;

import io.penstock.engine.grammar.automaton.Automaton;
import io.penstock.engine.grammar.automaton.Distances;
import io.penstock.engine.grammar.automaton.State;
import java.util.Arrays;

/**
 * Brings texts to their end before their tokens are used up. While there are plenty, nothing
 * happens; near the end, tokens are left out behind which the text cannot be completed with those
 * that are left. From then on the end stays within reach, whatever is chosen among the others.
 *
 * <p>A text that needs more than it may have from its beginning is left alone: it is cut.
 */
final class Landing {
  /** What one token may add to the way to the end, at most as far as it is looked for. */
  private static final int FARTHEST_STEP = 512;

  private static final int MARGIN = 8;

  private final TokenSet tokens;
  private final Automaton automaton;
  private final Distances distances;
  private final int step;

  Landing(TokenSet tokens, Automaton automaton) {
    this.tokens = tokens;
    this.automaton = automaton;
    this.distances = automaton.distances(tokens.sorted);
    this.step = Math.min(FARTHEST_STEP, distances.longest()) + MARGIN;
  }

  /** Tokens that complete the text after so much of it, at most. */
  int distance(State state) {
    StateNotes notes = StateNotes.of(state);
    if (notes.distance == StateNotes.UNKNOWN) {
      notes.distance = distances.of(state);
    }
    return notes.distance;
  }

  /** Whether a token might lead to where the text cannot be completed any more. */
  boolean isNear(State state, int left) {
    int distance = distance(state);
    return distance <= left && left <= (long) distance + step;
  }

  /**
   * Tokens from where the end can be reached in time.
   *
   * @param left tokens that may follow
   * @param all that are allowed else
   * @return null for all of them
   */
  int[] allowed(State state, int left, int[] all) {
    if (!isNear(state, left) || StateNotes.of(state).farthest < left) {
      return null;
    }
    int[] words = new int[all.length];
    int[] farthest = {0};
    tokens.tries[0].mark(
        automaton,
        state,
        words,
        reached -> {
          int distance = distance(reached);
          farthest[0] = Math.max(farthest[0], distance);
          return distance < left;
        });
    StateNotes.of(state).farthest = farthest[0];
    if (state.isAccepting()) {
      for (int id : tokens.endTokens) {
        words[id >>> 5] |= 1 << id;
      }
    }
    return Arrays.equals(words, all) || isEmpty(words) ? null : words;
  }

  private static boolean isEmpty(int[] words) {
    for (int word : words) {
      if (word != 0) {
        return false;
      }
    }
    return true;
  }
}
