package io.penstock.engine.grammar.mask;

import io.penstock.engine.grammar.automaton.Automaton;
import io.penstock.engine.grammar.automaton.State;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Works out which tokens may follow in a state of an automaton, and remembers it with the state.
 * Safe for use by many threads.
 */
final class MaskSource {
  private static final int LONGEST_FORCED = 128; // bytes
  private static final State[] NOT_ACCEPTED = {};
  private static final int[] NO_TOKENS = {};

  /** Bytes of masks that are kept of one grammar. */
  private static final int MOST_BYTES = 4 << 20;

  private final TokenSet tokens;
  private final Automaton automaton;
  private final Function<String, int[]> encode;
  private final int[][]
      plainClasses; // (sequences)(classes of its first byte, -1, of its second, ...)
  private final int mostDense;
  private final AtomicInteger dense = new AtomicInteger();

  MaskSource(TokenSet tokens, Automaton automaton, Function<String, int[]> encode) {
    this.tokens = tokens;
    this.automaton = automaton;
    this.encode = encode;
    this.mostDense = Math.max(64, MOST_BYTES / (tokens.words() * Integer.BYTES));
    this.plainClasses = tokens.plainBytes.stream().map(this::classes).toArray(int[][]::new);
  }

  private int[] classes(int[] ranges) {
    int[] found = new int[ranges.length / 2 * (automaton.classes() + 1)];
    int size = 0;
    for (int i = 0; i < ranges.length; i += 2) {
      Set<Integer> distinct = new LinkedHashSet<>();
      for (int b = ranges[i]; b <= ranges[i + 1]; b++) {
        distinct.add(automaton.classOf(b));
      }
      for (int c : distinct) {
        found[size++] = c;
      }
      found[size++] = -1;
    }
    return Arrays.copyOf(found, size);
  }

  TokenMask mask(State state) {
    StateNotes notes = StateNotes.of(state);
    TokenMask known = notes.mask;
    if (known == null) {
      known = compute(state, notes);
      if (!known.isDense() || dense.incrementAndGet() <= mostDense) {
        notes.mask = known;
      }
    }
    return known;
  }

  private TokenMask compute(State state, StateNotes notes) {
    int[] words = new int[tokens.words()];
    int run = plainRun(state, notes);
    int level = 0;
    while (level < TokenSet.LENGTHS.length && TokenSet.LENGTHS[level] <= run) {
      level++;
    }
    if (level > 0) {
      System.arraycopy(tokens.slices[level - 1], 0, words, 0, words.length);
    }
    tokens.tries[level].mark(automaton, state, words);
    if (state.isAccepting()) {
      for (int id : tokens.endTokens) {
        words[id >>> 5] |= 1 << id;
      }
    }
    return TokenMask.of(words);
  }

  // ---- plain text

  /** How many plain characters are accepted, whatever they are; at most the longest slice's. */
  private int plainRun(State state, StateNotes notes) {
    if (notes.plainRun == StateNotes.UNKNOWN) {
      notes.plainRun = shortestRefusal(state);
    }
    return notes.plainRun;
  }

  /** Breadth first: the least number of plain characters after which one is refused. */
  private int shortestRefusal(State from) {
    int most = TokenSet.LENGTHS[TokenSet.LENGTHS.length - 1];
    Set<State> seen = new HashSet<>(Set.of(from));
    Set<State> front = Set.of(from);
    for (int length = 0; length < most; length++) {
      Set<State> next = new LinkedHashSet<>();
      for (State state : front) {
        State[] after = afterPlain(state);
        if (after.length == 0) {
          return length;
        }
        for (State reached : after) {
          if (seen.add(reached)) {
            next.add(reached);
          }
        }
      }
      if (next.isEmpty()) {
        return most;
      }
      front = next;
    }
    return most;
  }

  private State[] afterPlain(State state) {
    StateNotes notes = StateNotes.of(state);
    if (notes.afterPlain == null) {
      notes.afterPlain = followPlain(state);
    }
    return notes.afterPlain;
  }

  private State[] followPlain(State state) {
    Set<State> reached = new LinkedHashSet<>();
    for (int[] sequence : plainClasses) {
      Set<State> front = new LinkedHashSet<>(Set.of(state));
      Set<State> next = new LinkedHashSet<>();
      for (int byteClass : sequence) {
        if (byteClass < 0) { // the next byte's classes follow
          front = next;
          next = new LinkedHashSet<>();
          continue;
        }
        for (State at : front) {
          State after = at.nextOfClass(byteClass);
          if (after == null) {
            return NOT_ACCEPTED;
          }
          next.add(after);
        }
      }
      reached.addAll(front);
    }
    return reached.toArray(State[]::new);
  }

  // ---- forced text

  /** Tokens that must follow in this state, as its text is usually encoded; see GrammarMatcher. */
  int[] forced(State state) {
    StateNotes notes = StateNotes.of(state);
    int[] known = notes.forced;
    if (known == null) {
      known = encode(forcedBytes(state));
      notes.forced = known;
    }
    return known;
  }

  private byte[] forcedBytes(State from) {
    ByteArrayOutputStream forced = new ByteArrayOutputStream();
    State state = from;
    while (state != null && !state.isAccepting() && forced.size() < LONGEST_FORCED) {
      int only = onlyByte(state);
      if (only < 0) {
        break;
      }
      forced.write(only);
      state = state.next(only);
    }
    return forced.toByteArray();
  }

  private int onlyByte(State state) {
    int only = -1;
    for (int c = 0; c < automaton.classes(); c++) {
      if (state.nextOfClass(c) != null) {
        if (only >= 0 || automaton.onlyByteOf(c) < 0) {
          return -1;
        }
        only = automaton.onlyByteOf(c);
      }
    }
    return only;
  }

  /** All tokens but the last, which might be another one together with what follows. */
  private int[] encode(byte[] forced) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(forced)).toString();
    } catch (CharacterCodingException e) { // a control token, or part of a character
      return NO_TOKENS;
    }
    if (text.length() < 2) {
      return NO_TOKENS;
    }
    int[] ids = encode.apply(text);
    int at = 0;
    for (int id : ids) { // some tokenizers put a space before any text
      byte[] bytes = id < tokens.bytes.length ? tokens.bytes[id] : new byte[0];
      if (bytes.length == 0
          || at + bytes.length > forced.length
          || !Arrays.equals(bytes, 0, bytes.length, forced, at, at + bytes.length)) {
        return NO_TOKENS;
      }
      at += bytes.length;
    }
    return ids.length < 2 ? NO_TOKENS : Arrays.copyOf(ids, ids.length - 1);
  }
}
