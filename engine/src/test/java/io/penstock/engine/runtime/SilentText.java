package io.penstock.engine.runtime;

/** No text. */
final class SilentText implements TextStream {
  @Override
  public String append(int token, boolean matchStops) {
    return "";
  }

  @Override
  public String matchedStop() {
    return null;
  }

  @Override
  public String finish() {
    return "";
  }
}
