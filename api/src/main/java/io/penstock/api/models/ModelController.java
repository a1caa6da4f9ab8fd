package io.penstock.api.models;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.gateway.ModelStatus;
import io.penstock.api.gateway.ServedModel;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.engine.core.EmbeddingInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
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
    Map<String, ServedModel> ready = new LinkedHashMap<>();
    registry.all().stream()
        .filter(m -> m.state() == ModelStatus.State.READY)
        .forEach(m -> ready.put(m.id(), m.model()));
    Stream<Model> own =
        ready.values().stream()
            .filter(m -> caller.rights().allowsModel(m.id()))
            .map(m -> Model.of(m.id(), m));
    Stream<Model> aliases =
        registry.aliases().entrySet().stream()
            .filter(a -> ready.containsKey(a.getValue()))
            .filter(a -> caller.rights().allowsModel(a.getKey(), a.getValue()))
            .map(a -> Model.of(a.getKey(), ready.get(a.getValue())));
    return new ModelList("list", Stream.concat(own, aliases).toList());
  }

  /** The id may contain slashes, escaped or not. */
  @GetMapping("/v1/models/{*id}")
  Model get(@PathVariable String id, @AuthenticationPrincipal Caller.Tenant caller) {
    String name = id.substring(1);
    return Model.of(name, registry.require(name, caller.rights()));
  }

  record ModelList(String object, List<Model> data) {}

  /**
   * @param id what requests may ask for: its own name, or an alias
   * @param created when it was loaded, seconds since 1970
   * @param maxModelLen longest prompt plus output, as in vLLM
   * @param capabilities what it can be asked for: chat, completions, embeddings
   * @param aliasOf the own name of the model that an alias stands for; left out for the model
   *     itself
   * @param embeddingDimensions components of its embeddings; left out when it does not embed
   */
  record Model(
      String id,
      String object,
      long created,
      String ownedBy,
      int maxModelLen,
      List<String> capabilities,
      @JsonInclude(JsonInclude.Include.NON_NULL) String aliasOf,
      @JsonInclude(JsonInclude.Include.NON_NULL) Integer embeddingDimensions) {
    static Model of(String name, ServedModel model) {
      return new Model(
          name,
          "model",
          model.loadedAt().getEpochSecond(),
          "penstock",
          model.maxModelLen(),
          model.capabilities(),
          name.equals(model.id()) ? null : model.id(),
          model.embedding().map(EmbeddingInfo::dimensions).orElse(null));
    }
  }
}
