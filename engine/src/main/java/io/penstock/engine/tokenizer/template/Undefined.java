package io.penstock.engine.tokenizer.template;

/**
 * What a missing variable, attribute or element evaluates to: empty when printed, iterated or
 * tested, an error in any other use.
 *
 * @param reason the error's message
 */
record Undefined(String reason) {

  static Undefined variable(String name) {
    return new Undefined("'" + name + "' is undefined");
  }

  static Undefined attribute(Object owner, String name) {
    String of = owner == null ? "None" : Types.name(owner) + " object";
    return new Undefined("'" + of + "' has no attribute '" + name + "'");
  }

  static Undefined element(Object owner, Object key) {
    return key instanceof String name
        ? attribute(owner, name)
        : new Undefined(
            (owner == null ? "None" : Types.name(owner) + " object")
                + " has no element "
                + Repr.of(key));
  }

  TemplateException error() {
    return new TemplateException(reason);
  }

  /** Two undefined values are equal, whatever is missing. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Undefined;
  }

  @Override
  public int hashCode() {
    return 1;
  }
}
