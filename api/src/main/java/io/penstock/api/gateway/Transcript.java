package io.penstock.api.gateway;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * What a request said and was answered.
 *
 * @param model which knows the text of tokens
 * @param prompts token ids of each prompt
 * @param answers text of each choice, in the order of the choices; all together no longer than
 *     {@link #MOST_CHARACTERS}
 * @param answerCharacters of all choices, before they were cut
 * @param receivedAt when the request came
 */
public record Transcript(
    String requestId,
    UUID tenantId,
    UUID projectId,
    ServedModel model,
    List<int[]> prompts,
    List<String> answers,
    long answerCharacters,
    Instant receivedAt) {
  /** Of the answers of a request. */
  public static final int MOST_CHARACTERS = 65_536;
}
