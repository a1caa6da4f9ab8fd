package io.penstock.api.openai.batches;

import io.penstock.api.openai.TextWork;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.wire.ListPage;
import io.penstock.engine.core.ServiceTier;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** Batches of requests, run in the tier {@code batch} when there is room. */
@RestController
@Access(Right.INFERENCE)
class BatchesController {
  private static final String PATH = "/v1/batches";
  private static final String WINDOW = "24h";
  private static final int MOST_METADATA = 16;
  private static final int LONGEST_METADATA = 512;

  private final BatchStore batches;
  private final FileStore files;
  private final LineRunner lines;
  private final TextWork textWork;
  private final JsonMapper json;

  BatchesController(
      BatchStore batches, FileStore files, LineRunner lines, TextWork textWork, JsonMapper json) {
    this.batches = batches;
    this.files = files;
    this.lines = lines;
    this.textWork = textWork;
    this.json = json;
  }

  /**
   * @param endpoint that all requests of the file are for
   * @param completionWindow always {@code 24h}
   */
  record BatchRequest(
      String inputFileId, String endpoint, String completionWindow, Map<String, String> metadata) {}

  @PostMapping(path = PATH, consumes = MediaType.APPLICATION_JSON_VALUE)
  Mono<BatchObject> create(
      @RequestBody BatchRequest body, @AuthenticationPrincipal Caller.Tenant caller) {
    check(body, caller);
    Instant expires = Instant.now().plus(Duration.ofHours(24));
    BatchStore.NewBatch batch =
        new BatchStore.NewBatch(
            body.endpoint,
            body.inputFileId,
            WINDOW,
            expires,
            body.metadata == null ? Map.of() : body.metadata);
    return files
        .input(caller, body.inputFileId)
        .flatMap(content -> textWork.run(() -> BatchInput.read(content, body.endpoint, json)))
        .flatMap(input -> batches.insert(caller, batch, input))
        .map(BatchObject::of);
  }

  private void check(BatchRequest body, Caller.Tenant caller) {
    required(body.inputFileId, "input_file_id");
    required(body.endpoint, "endpoint");
    required(body.completionWindow, "completion_window");
    if (!lines.paths().contains(body.endpoint)) {
      throw ApiException.invalid(
          "endpoint",
          "invalid_value",
          "Invalid value for 'endpoint': it must be one of %s.".formatted(lines.paths()));
    }
    if (!body.completionWindow.equals(WINDOW)) {
      throw ApiException.invalid(
          "completion_window",
          "invalid_value",
          "Invalid value for 'completion_window': it must be '%s'.".formatted(WINDOW));
    }
    if (body.metadata != null && !small(body.metadata)) {
      throw ApiException.invalid(
          "metadata",
          "invalid_value",
          "Invalid value for 'metadata': at most %d texts of at most %d characters."
              .formatted(MOST_METADATA, LONGEST_METADATA));
    }
    if (!caller.plan().tiers().contains(ServiceTier.BATCH)) {
      throw ApiException.of(
          HttpStatus.FORBIDDEN,
          ApiException.INVALID_REQUEST,
          "service_tier_not_allowed",
          null,
          "Your plan '%s' does not include batches.".formatted(caller.plan().name()));
    }
  }

  private static boolean small(Map<String, String> metadata) {
    return metadata.size() <= MOST_METADATA
        && metadata.entrySet().stream()
            .allMatch(
                e ->
                    e.getValue() != null
                        && e.getKey().length() <= LONGEST_METADATA
                        && e.getValue().length() <= LONGEST_METADATA);
  }

  private static void required(String value, String name) {
    if (value == null || value.isEmpty()) {
      throw ApiException.invalid(
          name, "missing_required_parameter", "Missing required parameter: '%s'.".formatted(name));
    }
  }

  @GetMapping(PATH)
  Mono<ListPage<BatchObject>> list(
      @RequestParam(defaultValue = "") String after,
      @RequestParam(defaultValue = ListPage.DEFAULT_LIMIT) int limit,
      @AuthenticationPrincipal Caller.Tenant caller) {
    return ListPage.of(
        limit, most -> batches.page(caller, after, most).map(BatchObject::of), BatchObject::id);
  }

  @GetMapping(PATH + "/{batchId}")
  Mono<BatchObject> get(
      @PathVariable String batchId, @AuthenticationPrincipal Caller.Tenant caller) {
    return batches.find(caller, batchId).map(BatchObject::of);
  }

  @PostMapping(PATH + "/{batchId}/cancel")
  Mono<BatchObject> cancel(
      @PathVariable String batchId, @AuthenticationPrincipal Caller.Tenant caller) {
    return batches.cancel(caller, batchId).map(BatchObject::of);
  }
}
