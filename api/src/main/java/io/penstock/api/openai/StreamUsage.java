package io.penstock.api.openai;

import io.penstock.api.gateway.ChoiceDelta;
import io.penstock.api.gateway.GenerationCall;
import io.penstock.api.platform.error.ApiException;
import tools.jackson.databind.node.NullNode;

/**
 * What the events of a stream say of usage: nothing; or null, and the last event all of it; or each
 * event what it is so far, as vLLM's {@code continuous_usage_stats}. Not thread-safe.
 */
final class StreamUsage {
  private final boolean atEnd;
  private final boolean always;
  private final int promptTokens;
  private int generated;

  StreamUsage(StreamOptions options, GenerationCall call) {
    this.atEnd = options != null && Requests.isTrue(options.includeUsage());
    this.always = atEnd && Requests.isTrue(options.continuousUsageStats());
    this.promptTokens = call.prompts().stream().mapToInt(prompt -> prompt.length).sum();
  }

  /**
   * @throws ApiException 400 where nothing is streamed
   */
  static void check(Boolean stream, StreamOptions options) {
    if (options != null && !Requests.isTrue(stream)) {
      throw ApiException.invalid(
          "stream_options",
          "invalid_value",
          "The 'stream_options' parameter is only allowed when 'stream' is enabled.");
    }
  }

  /** Whether the last event carries all of it. */
  boolean atEnd() {
    return atEnd;
  }

  void add(ChoiceDelta delta) {
    generated += delta.tokens().size();
  }

  /** For an event before the last: a {@link Usage}, a JSON null, or null to leave it out. */
  Object soFar() {
    return always ? Usage.soFar(promptTokens, generated) : atEnd ? NullNode.getInstance() : null;
  }
}
