package io.penstock.api.models;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.gateway.ModelStatus;
import io.penstock.api.gateway.ServedModel;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.engine.core.EmbeddingInfo;
import java.util.List;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** The models that take requests, in OpenAI's shape. */
@RestController
@Access(Right.INFERENCE)
class ModelController {
  private final ModelRegistry registry;

  ModelController(ModelRegistry registry) {
    this.registry = registry;
  }

  @GetMapping("/v1/models")
  ModelList list(@AuthenticationPrincipal Caller.Tenant caller) {
    return new ModelList(
        "list",
        registry.all().stream()
            .filter(m -> m.state() == ModelStatus.State.READY)
            .filter(m -> caller.rights().allowsModel(m.id()))
            .map(m -> Model.of(m.model()))
            .toList());
  }

  /** The id may contain slashes, escaped or not. */
  @GetMapping("/v1/models/{*id}")
  Model get(@PathVariable String id, @AuthenticationPrincipal Caller.Tenant caller) {
    return Model.of(registry.require(id.substring(1), caller.rights()));
  }

  record ModelList(String object, List<Model> data) {}

  /**
   * @param created when it was loaded, seconds since 1970
   * @param maxModelLen longest prompt plus output, as in vLLM
   * @param capabilities what it can be asked for: chat, completions, embeddings
   * @param features what chats and completions may have besides text: tools, structured_outputs,
   *     reasoning, prompt_logprobs (completions' {@code echo} with {@code logprobs})
   * @param embeddingDimensions components of its embeddings; left out when it does not embed
   */
  record Model(
      String id,
      String object,
      long created,
      String ownedBy,
      int maxModelLen,
      List<String> capabilities,
      List<String> features,
      @JsonInclude(JsonInclude.Include.NON_NULL) Integer embeddingDimensions) {
    static Model of(ServedModel model) {
      return new Model(
          model.id(),
          "model",
          model.loadedAt().getEpochSecond(),
          "penstock",
          model.maxModelLen(),
          model.capabilities(),
          model.features(),
          model.embedding().map(EmbeddingInfo::dimensions).orElse(null));
    }
  }
}
