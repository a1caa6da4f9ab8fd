package io.penstock.api.models;

import io.penstock.api.gateway.EngineFigures;
import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.gateway.ModelStatus;
import io.penstock.api.gateway.ServedModel;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.PenstockProperties;
import io.penstock.api.platform.SettingException;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.error.ApiException;
import io.penstock.engine.boot.MemoryPlan;
import io.penstock.engine.core.ModelLoadException;
import io.swagger.v3.oas.annotations.Operation;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Which models this server has, and loading and unloading them while it runs. */
@RestController
class ModelAdminController {
  private final ModelRegistry registry;
  private final ModelCatalogue catalogue;
  private final LocalModels local;
  private final PenstockProperties properties;
  private final AuditLog audit;

  ModelAdminController(
      ModelRegistry registry,
      ModelCatalogue catalogue,
      LocalModels local,
      PenstockProperties properties,
      AuditLog audit) {
    this.registry = registry;
    this.catalogue = catalogue;
    this.local = local;
    this.properties = properties;
    this.audit = audit;
  }

  @GetMapping("/admin/models")
  @Access(Right.OPERATOR)
  @Operation(summary = "Models of this server, and models on its disk")
  Mono<Models> list() {
    return Mono.fromCallable(
            () -> new Models(registry.all().stream().map(this::view).toList(), local.references()))
        .subscribeOn(Schedulers.boundedElastic());
  }

  /** What an organization's people may know of the models. */
  @GetMapping("/v1/organization/models")
  @Access(Right.VIEW)
  @Operation(summary = "Models that take requests")
  Served served(@AuthenticationPrincipal Caller.Member caller) {
    Map<String, Integer> ready = new LinkedHashMap<>();
    registry.all().stream()
        .filter(m -> m.state() == ModelStatus.State.READY)
        .forEach(m -> ready.put(m.id(), m.model().maxModelLen()));
    List<ServedOne> all = new ArrayList<>();
    ready.forEach((id, length) -> all.add(new ServedOne(id, null, length)));
    registry
        .aliases()
        .forEach(
            (alias, model) -> {
              if (ready.containsKey(model)) {
                all.add(new ServedOne(alias, model, ready.get(model)));
              }
            });
    return new Served("list", all);
  }

  /** What a model on disk would take; it is not loaded. */
  @PostMapping("/admin/models/plan")
  @Access(Right.OPERATOR)
  @Operation(summary = "Memory that a model on disk would take")
  Mono<MemoryPlan> plan(@RequestBody NewModel body) {
    ModelSpec spec = body.spec();
    return Mono.fromCallable(
            () -> {
              Path path = LocalModels.require(spec.reference());
              try {
                return MemoryPlan.of(
                    path, properties.maxModelLen(), properties.kvCacheSize().toBytes());
              } catch (ModelLoadException e) {
                throw ApiException.invalid("reference", e.getMessage());
              }
            })
        .subscribeOn(Schedulers.boundedElastic());
  }

  /** Begins; {@code GET /admin/models} tells how far it is. Until this server stops. */
  @PostMapping("/admin/models")
  @Access(Right.OPERATOR)
  @ResponseStatus(HttpStatus.ACCEPTED)
  @Operation(summary = "Loads a model")
  Mono<Accepted> load(@RequestBody NewModel body) {
    ModelSpec spec = body.spec();
    GpuShare gpu = new GpuShare(body.deviceOrFirst(), body.shareOrRest());
    return audit.record(
        Mono.fromSupplier(
            () -> {
              catalogue.add(spec, gpu);
              Accepted made = new Accepted(spec.id(), "loading");
              return new AuditEntry(null, null, "model.loaded", spec.id(), null, body).with(made);
            }));
  }

  /** Requests that it runs end with an error; its memory is free when the answer comes. */
  @PostMapping("/admin/models/unload")
  @Access(Right.OPERATOR)
  @Operation(summary = "Unloads a model")
  Mono<Accepted> unload(@RequestBody Unloading body) {
    if (body.id() == null) {
      throw ApiException.invalid("id", "id must name a model.");
    }
    return audit.record(
        Mono.fromCallable(
                () -> {
                  catalogue.remove(body.id());
                  Accepted gone = new Accepted(body.id(), "unloaded");
                  return new AuditEntry(null, null, "model.unloaded", body.id(), gone, null)
                      .with(gone);
                })
            .subscribeOn(Schedulers.boundedElastic()));
  }

  private View view(ModelStatus status) {
    ServedModel model = status.model();
    return new View(
        status.id(),
        status.state().name().toLowerCase(Locale.ROOT),
        model == null ? status.detail() : model.unavailableBecause(),
        status.progress(),
        catalogue.reference(status.id()),
        model == null ? null : model.description(),
        model == null ? null : model.maxModelLen(),
        model == null ? null : model.loadedAt(),
        model == null ? null : model.figures(),
        registry.aliases().entrySet().stream()
            .filter(a -> a.getValue().equals(status.id()))
            .map(Map.Entry::getKey)
            .toList());
  }

  /**
   * @param onDisk references of models that could be loaded without a download
   */
  record Models(List<View> data, List<String> onDisk) {}

  /**
   * @param state loading, ready or failed
   * @param detail progress or reason
   * @param reference where it came from
   * @param aliases other names of it
   */
  record View(
      String id,
      String state,
      String detail,
      ModelStatus.Progress progress,
      String reference,
      ServedModel.Description description,
      Integer maxModelLen,
      Instant loadedAt,
      EngineFigures figures,
      List<String> aliases) {}

  /**
   * @param reference a path, or a Hugging Face id, which is fetched when it is not on disk
   * @param name in the API; by the reference when left out
   * @param device which GPU, if it goes to one; 0 when left out
   * @param gpuMemoryUtilization share of that GPU's memory; 0.3 when left out
   */
  record NewModel(String reference, String name, Integer device, Double gpuMemoryUtilization) {
    private static final double REST = 0.3;

    ModelSpec spec() {
      if (reference == null || reference.isBlank()) {
        throw ApiException.invalid(
            "reference", "reference must be a path or a Hugging Face id such as Qwen/Qwen3-0.6B.");
      }
      try {
        ModelSpec spec =
            ModelSpec.parse(name == null || name.isBlank() ? reference : name + "=" + reference);
        ModelSpec.checkName("name", spec.id());
        return spec;
      } catch (SettingException e) {
        throw ApiException.invalid("reference", e.getMessage());
      }
    }

    int deviceOrFirst() {
      return device == null ? 0 : device;
    }

    double shareOrRest() {
      double share = gpuMemoryUtilization == null ? REST : gpuMemoryUtilization;
      if (!(share > 0 && share <= 1)) {
        throw ApiException.invalid(
            "gpu_memory_utilization", "gpu_memory_utilization must be above 0 and at most 1.");
      }
      return share;
    }
  }

  record Unloading(String id) {}

  record Accepted(String id, String state) {}

  /** In OpenAI's shape. */
  record Served(String object, List<ServedOne> data) {}

  /**
   * @param aliasOf the model that an alias stands for; null for a model itself
   * @param maxModelLen longest prompt plus output, in tokens
   */
  record ServedOne(String id, String aliasOf, int maxModelLen) {}
}
