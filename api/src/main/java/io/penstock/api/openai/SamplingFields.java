package io.penstock.api.openai;

import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Fields that chat and text completions share; null where the request leaves them out. */
interface SamplingFields {
  Double temperature();

  Double topP();

  Integer topK();

  Double minP();

  Double repetitionPenalty();

  Double presencePenalty();

  Double frequencyPenalty();

  Map<String, Double> logitBias();

  Long seed();

  Integer maxTokens();

  Integer minTokens();

  /** A string or a list of strings. */
  JsonNode stop();

  JsonNode stopTokenIds();

  Boolean ignoreEos();

  Integer n();

  Boolean skipSpecialTokens();

  Boolean includeStopStrInOutput();
}
