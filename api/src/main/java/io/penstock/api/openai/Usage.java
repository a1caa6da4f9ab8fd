package io.penstock.api.openai;

import io.penstock.api.gateway.Outcome;

/** OpenAI's usage object. */
record Usage(
    int promptTokens,
    int completionTokens,
    int totalTokens,
    PromptTokensDetails promptTokensDetails,
    CompletionTokensDetails completionTokensDetails) {

  static Usage of(Outcome outcome) {
    return of(outcome, 0);
  }

  static Usage of(Outcome outcome, int reasoningTokens) {
    return new Usage(
        outcome.promptTokens(),
        outcome.completionTokens(),
        outcome.promptTokens() + outcome.completionTokens(),
        new PromptTokensDetails(outcome.cachedTokens(), 0),
        new CompletionTokensDetails(reasoningTokens, 0, 0, 0));
  }

  /** Of a stream that goes on. */
  static Usage soFar(int promptTokens, int completionTokens) {
    return new Usage(
        promptTokens,
        completionTokens,
        promptTokens + completionTokens,
        new PromptTokensDetails(0, 0),
        new CompletionTokensDetails(0, 0, 0, 0));
  }

  record PromptTokensDetails(int cachedTokens, int audioTokens) {}

  record CompletionTokensDetails(
      int reasoningTokens,
      int audioTokens,
      int acceptedPredictionTokens,
      int rejectedPredictionTokens) {}
}
