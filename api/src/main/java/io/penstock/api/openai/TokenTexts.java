package io.penstock.api.openai;

import io.penstock.api.gateway.SampledToken;
import io.penstock.api.gateway.ServedModel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Log-probabilities in the two shapes of OpenAI's APIs. */
final class TokenTexts {
  /** Stands for minus infinity, which JSON cannot say; the same as in vLLM. */
  private static final double LEAST = -9999.0;

  private final ServedModel model;

  TokenTexts(ServedModel model) {
    this.model = model;
  }

  /** Chat: a list of tokens with their bytes and alternatives. */
  ChatLogprobs chat(List<SampledToken> tokens) {
    return new ChatLogprobs(
        tokens.stream()
            .map(
                t ->
                    new ChatLogprobs.Token(
                        text(t.id()),
                        finite(t.logprob()),
                        bytes(t.id()),
                        t.top().stream()
                            .map(
                                c ->
                                    new ChatLogprobs.Alternative(
                                        text(c.id()), finite(c.logprob()), bytes(c.id())))
                            .toList()))
            .toList(),
        null);
  }

  /**
   * Completions: four parallel lists.
   *
   * @param offset characters of the text before these tokens
   */
  CompletionLogprobs completion(List<SampledToken> tokens, int offset) {
    List<String> texts = new ArrayList<>();
    List<Double> logprobs = new ArrayList<>();
    List<Map<String, Double>> tops = new ArrayList<>();
    List<Integer> offsets = new ArrayList<>();
    int at = offset;
    for (SampledToken token : tokens) {
      String text = text(token.id());
      texts.add(text);
      logprobs.add(finite(token.logprob()));
      offsets.add(at);
      at += text.length();
      Map<String, Double> top = new LinkedHashMap<>();
      token.top().forEach(c -> top.putIfAbsent(text(c.id()), finite(c.logprob())));
      top.putIfAbsent(text, finite(token.logprob()));
      tops.add(top);
    }
    return new CompletionLogprobs(texts, logprobs, tops, offsets);
  }

  /**
   * The same of a prompt's tokens: the first has neither probability nor alternatives, and control
   * tokens that the text leaves out take no place in it.
   */
  CompletionLogprobs prompt(List<SampledToken> tokens, boolean skipSpecialTokens) {
    List<String> texts = new ArrayList<>();
    List<Double> logprobs = new ArrayList<>();
    List<Map<String, Double>> tops = new ArrayList<>();
    List<Integer> offsets = new ArrayList<>();
    int at = 0;
    for (SampledToken token : tokens) {
      boolean first = texts.isEmpty();
      CompletionLogprobs one = completion(List.of(token), at);
      texts.add(one.tokens().getFirst());
      logprobs.add(first ? null : one.tokenLogprobs().getFirst());
      tops.add(first ? null : one.topLogprobs().getFirst());
      offsets.add(at);
      boolean shown = !skipSpecialTokens || !model.hasControlTokens(new int[] {token.id()});
      at += shown ? texts.getLast().length() : 0;
    }
    return new CompletionLogprobs(texts, logprobs, tops, offsets);
  }

  String text(int id) {
    return new String(model.tokenBytes(id), StandardCharsets.UTF_8);
  }

  private List<Integer> bytes(int id) {
    byte[] bytes = model.tokenBytes(id);
    List<Integer> result = new ArrayList<>(bytes.length);
    for (byte b : bytes) {
      result.add(Byte.toUnsignedInt(b));
    }
    return result;
  }

  private static double finite(double logprob) {
    return Math.max(logprob, LEAST);
  }

  record ChatLogprobs(List<Token> content, List<Token> refusal) {
    record Token(
        String token, double logprob, List<Integer> bytes, List<Alternative> topLogprobs) {}

    record Alternative(String token, double logprob, List<Integer> bytes) {}
  }

  record CompletionLogprobs(
      List<String> tokens,
      List<Double> tokenLogprobs,
      List<Map<String, Double>> topLogprobs,
      List<Integer> textOffset) {

    /** These, then others. */
    CompletionLogprobs and(CompletionLogprobs others) {
      return new CompletionLogprobs(
          joined(tokens, others.tokens),
          joined(tokenLogprobs, others.tokenLogprobs),
          joined(topLogprobs, others.topLogprobs),
          joined(textOffset, others.textOffset));
    }

    private static <T> List<T> joined(List<T> first, List<T> second) {
      List<T> all = new ArrayList<>(first); // may have nulls
      all.addAll(second);
      return all;
    }
  }
}
