package io.penstock.engine.core;

import java.util.List;

/** An {@link OutputConstraint} that cannot be used; says what is wrong with it, and where. */
public final class ConstraintException extends IllegalArgumentException {
  private final transient List<String> path;

  /**
   * @param path keys and indices that lead through the schema to the fault; empty when the whole is
   *     meant, or when it is no schema
   * @param problem a sentence for a person, which names the fix where there is one
   */
  public ConstraintException(List<String> path, String problem) {
    super(problem);
    this.path = List.copyOf(path);
  }

  public ConstraintException(String problem) {
    this(List.of(), problem);
  }

  public List<String> path() {
    return path;
  }

  /** The path as a JSON pointer in a fragment (RFC 6901), such as {@code #/properties/age}. */
  public String pointer() {
    StringBuilder pointer = new StringBuilder("#");
    for (String step : path) {
      pointer.append('/').append(step.replace("~", "~0").replace("/", "~1"));
    }
    return pointer.toString();
  }
}
