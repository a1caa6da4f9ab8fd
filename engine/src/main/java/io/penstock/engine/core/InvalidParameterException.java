package io.penstock.engine.core;

/** A request's value is out of range; names the field as the API spells it and says the fix. */
public final class InvalidParameterException extends IllegalArgumentException {
  private final String parameter;

  public InvalidParameterException(String parameter, String message) {
    super(message);
    this.parameter = parameter;
  }

  public String parameter() {
    return parameter;
  }
}
