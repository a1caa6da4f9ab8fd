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
    return new Usage(
        outcome.promptTokens(),
        outcome.completionTokens(),
        outcome.promptTokens() + outcome.completionTokens(),
        new PromptTokensDetails(outcome.cachedTokens(), 0),
        new CompletionTokensDetails(0, 0, 0, 0));
  }

  record PromptTokensDetails(int cachedTokens, int audioTokens) {}

  record CompletionTokensDetails(
      int reasoningTokens,
      int audioTokens,
      int acceptedPredictionTokens,
      int rejectedPredictionTokens) {}
}
