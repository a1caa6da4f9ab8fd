package io.penstock.api.platform.wire;

import java.util.UUID;

/** OpenAI's answer to a deletion. */
public record Deleted(UUID id, String object, boolean deleted) {
  /**
   * @param object kind of what is gone, such as {@code organization.user}
   */
  public static Deleted of(UUID id, String object) {
    return new Deleted(id, object + ".deleted", true);
  }
}
