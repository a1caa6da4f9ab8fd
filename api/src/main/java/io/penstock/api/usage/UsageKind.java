package io.penstock.api.usage;

import java.util.Locale;

/** What requests did, as usage is reported in OpenAI's API. */
public enum UsageKind {
  /** Text was generated, at whatever endpoint. */
  COMPLETIONS,
  EMBEDDINGS;

  /** The endpoint whose requests embed. */
  private static final String EMBEDDING = "/v1/embeddings";

  /** SQL over usage rows that gives {@link #text}. */
  public static final String OF_ROW =
      "case when endpoint = '%s' then 'embeddings' else 'completions' end".formatted(EMBEDDING);

  /** What requests to an endpoint do. */
  static UsageKind of(String endpoint) {
    return endpoint.equals(EMBEDDING) ? EMBEDDINGS : COMPLETIONS;
  }

  /** As in the database. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
