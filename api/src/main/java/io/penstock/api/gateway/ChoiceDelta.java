package io.penstock.api.gateway;

import io.penstock.api.platform.error.OpenAiError;
import io.penstock.engine.core.FinishReason;
import java.util.List;

/**
 * What one choice gained since the last delta: one token when the client keeps up, several when it
 * does not.
 *
 * @param choice prompt index times n plus choice index
 * @param ending how the choice ended, or null while it goes on
 */
public record ChoiceDelta(int choice, List<SampledToken> tokens, String text, Ending ending) {
  /**
   * @param stopReason the stop string or stop token id that ended it, else null
   * @param error the budget that ended it with {@code LENGTH} before its own length was reached,
   *     else null
   */
  public record Ending(FinishReason reason, Object stopReason, OpenAiError.Body error) {}
}
