package io.penstock.engine.runtime;

import io.penstock.engine.core.SamplingParams;

/** The text of one choice as its tokens arrive. */
public interface TextStream {

  /**
   * @param matchStops whether a stop string may end the text with this token
   * @return what became certain: no incomplete character, nothing that may begin a stop string
   */
  String append(int token, boolean matchStops);

  /** The stop string that ended the text, or null. */
  String matchedStop();

  /** The text still held back; empty after a stop string. */
  String finish();

  /** Makes one stream for each choice. */
  @FunctionalInterface
  interface Factory {
    TextStream open(int[] promptTokens, SamplingParams sampling);
  }
}
