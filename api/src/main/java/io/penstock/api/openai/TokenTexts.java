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
      List<Integer> textOffset) {}
}
