package io.penstock.engine.runtime;

import io.penstock.engine.tokenizer.IncrementalDecoder;
import io.penstock.engine.tokenizer.StopStrings;

/** Decodes tokens as they come and looks for stop strings. */
final class DecodedText implements TextStream {
  private final IncrementalDecoder decoder;
  private final StopStrings stops;

  DecodedText(IncrementalDecoder decoder, StopStrings stops) {
    this.decoder = decoder;
    this.stops = stops;
  }

  @Override
  public String append(int token, boolean matchStops) {
    String piece = decoder.add(token);
    return matchStops ? stops.add(piece) : piece;
  }

  @Override
  public String matchedStop() {
    return stops.matched();
  }

  @Override
  public String finish() {
    return stops.add(decoder.flush()) + stops.flush();
  }
}
