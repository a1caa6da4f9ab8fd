package io.penstock.api.openai;

import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.gateway.ServedModel;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.error.ApiException;

/** Checks that several endpoints share. */
public final class Requests {
  private Requests() {}

  /** A model that generates. */
  public static ServedModel model(ModelRegistry registry, String name, Caller.Tenant caller) {
    if (name == null || name.isEmpty()) {
      throw ApiException.invalid(
          "model", "missing_required_parameter", "Missing required parameter: 'model'.");
    }
    return generating(registry.require(name, caller.rights()));
  }

  private static ServedModel generating(ServedModel model) {
    if (!model.generates()) {
      throw cannot(model, "generate text; use it with /v1/embeddings");
    }
    return model;
  }

  /** A model that embeds. */
  static ServedModel embeddingModel(ModelRegistry registry, String name, Caller.Tenant caller) {
    if (name == null || name.isEmpty()) {
      throw ApiException.invalid(
          "model", "missing_required_parameter", "Missing required parameter: 'model'.");
    }
    ServedModel model = registry.require(name, caller.rights());
    if (model.embedding().isEmpty()) {
      throw cannot(model, "embed");
    }
    return model;
  }

  private static ApiException cannot(ServedModel model, String what) {
    return ApiException.invalid(
        "model",
        "model_not_supported",
        "The model '%s' does not %s. GET /v1/models says what each model is capable of."
            .formatted(model.id(), what));
  }

  public static boolean isTrue(Boolean value) {
    return Boolean.TRUE.equals(value);
  }
}
