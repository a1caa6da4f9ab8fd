package io.penstock.engine.grammar.mask;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.grammar.automaton.ShortestEnd;
import io.penstock.engine.grammar.automaton.State;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Texts that are made of allowed tokens, as a model that knows nothing would make them. */
public final class Walks {
  private Walks() {}

  /**
   * A random walk, brought to its end by single bytes once it is long enough.
   *
   * @param checks whether each mask is compared with what the automaton says of every token
   */
  public static byte[] text(CompiledGrammar grammar, Random random, int tokens, boolean checks) {
    GrammarMatcher matcher = grammar.matcher();
    State state = grammar.automaton().start();
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (int i = 0; i < tokens && !matcher.isComplete(); i++) {
      int[] allowed = matcher.allowed();
      if (checks) {
        assertThat(allowed).isEqualTo(naiveMask(grammar, state));
      }
      int token = pick(allowed, random);
      assertThat(matcher.accept(token)).isTrue();
      if (grammar.isEnd(token)) {
        assertThat(state.isAccepting()).isTrue();
        return text.toByteArray();
      }
      state = after(state, grammar.bytes(token));
      text.writeBytes(grammar.bytes(token));
    }
    ShortestEnd end = new ShortestEnd(state);
    while (!state.isAccepting()) {
      int next = end.byteTowardsEnd(state);
      state = state.next(next);
      text.write(next);
    }
    return text.toByteArray();
  }

  public static int pick(int[] allowed, Random random) {
    int count = 0;
    for (int word : allowed) {
      count += Integer.bitCount(word);
    }
    assertThat(count).as("tokens that may follow").isPositive();
    int left = random.nextInt(count);
    for (int w = 0; ; w++) {
      if (left < Integer.bitCount(allowed[w])) {
        int word = allowed[w];
        for (; left > 0; left--) {
          word &= word - 1;
        }
        return w * 32 + Integer.numberOfTrailingZeros(word);
      }
      left -= Integer.bitCount(allowed[w]);
    }
  }

  /** Token by token, byte by byte: without trie, slices and what is remembered. */
  private static int[] naiveMask(CompiledGrammar grammar, State state) {
    int[] words = new int[grammar.matcher().allowed().length];
    for (int id = 0; id < words.length * 32; id++) {
      byte[] bytes = grammar.bytes(id);
      boolean allowed =
          grammar.isEnd(id) ? state.isAccepting() : bytes.length > 0 && after(state, bytes) != null;
      if (allowed) {
        words[id / 32] |= 1 << id % 32;
      }
    }
    return words;
  }

  static State after(State state, byte[] bytes) {
    State reached = state;
    for (int i = 0; i < bytes.length && reached != null; i++) {
      reached = reached.next(bytes[i] & 0xFF);
    }
    return reached;
  }

  /** Whether a text in some tokens, and then an end, is what the grammar allows. */
  public static boolean accepts(CompiledGrammar grammar, List<Integer> tokens) {
    GrammarMatcher matcher = grammar.matcher();
    for (int token : tokens) {
      int[] allowed = matcher.allowed();
      boolean set = (allowed[token / 32] >>> token % 32 & 1) != 0;
      boolean accepted = matcher.accept(token);
      assertThat(set).as("the mask and the matcher agree").isEqualTo(accepted);
      if (!accepted) {
        return false;
      }
    }
    return matcher.mayEnd();
  }

  /** A text cut into tokens at random. */
  public static List<Integer> cut(byte[] text, byte[][] vocabulary, Random random) {
    List<Integer> tokens = new ArrayList<>();
    for (int at = 0; at < text.length; ) {
      List<Integer> fitting = new ArrayList<>();
      for (int id = 0; id < vocabulary.length; id++) {
        byte[] bytes = vocabulary[id];
        if (bytes != null
            && bytes.length > 0
            && at + bytes.length <= text.length
            && java.util.Arrays.equals(bytes, 0, bytes.length, text, at, at + bytes.length)) {
          fitting.add(id);
        }
      }
      int token = fitting.get(random.nextInt(fitting.size()));
      tokens.add(token);
      at += vocabulary[token].length;
    }
    return tokens;
  }

  public static byte[] bytes(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  public static boolean accepts(CompiledGrammar grammar, String text) {
    State reached = after(grammar.automaton().start(), bytes(text));
    return reached != null && reached.isAccepting();
  }
}
