package io.penstock.api.platform;

import java.util.List;

/** Something that the operator must be told when the server has started. */
public interface StartupNote {
  /**
   * @param baseUrl such as {@code http://localhost:8080}
   */
  List<String> lines(String baseUrl);
}
