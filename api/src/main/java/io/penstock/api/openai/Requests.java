package io.penstock.api.openai;

import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.gateway.ServedModel;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.error.ApiException;

/** Checks that several endpoints share. */
public final class Requests {
  private Requests() {}

  public static ServedModel model(ModelRegistry registry, String name, Caller.Tenant caller) {
    if (name == null || name.isEmpty()) {
      throw ApiException.invalid(
          "model", "missing_required_parameter", "Missing required parameter: 'model'.");
    }
    return registry.require(name, caller.rights());
  }

  /** Whether the last event of the stream shall carry the usage. */
  static boolean includeUsage(Boolean stream, StreamOptions options) {
    if (options == null) {
      return false;
    }
    if (!isTrue(stream)) {
      throw ApiException.invalid(
          "stream_options",
          "invalid_value",
          "The 'stream_options' parameter is only allowed when 'stream' is enabled.");
    }
    if (isTrue(options.continuousUsageStats())) {
      throw ApiException.invalid(
          "stream_options.continuous_usage_stats",
          "unsupported_parameter",
          "'stream_options.continuous_usage_stats' is not supported by this server.");
    }
    return isTrue(options.includeUsage());
  }

  public static boolean isTrue(Boolean value) {
    return Boolean.TRUE.equals(value);
  }
}
