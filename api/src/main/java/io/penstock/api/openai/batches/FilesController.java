package io.penstock.api.openai.batches;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.PenstockProperties;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.wire.ListPage;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import java.time.Duration;
import org.springframework.core.codec.DecodingException;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.codec.multipart.FilePart;
import org.springframework.http.codec.multipart.FormFieldPart;
import org.springframework.http.codec.multipart.Part;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Files that batches are made of, and that they make. */
@RestController
@Access(Right.INFERENCE)
class FilesController {
  private static final String PATH = "/v1/files";
  private static final int LONGEST_NAME = 500;
  private static final long LEAST_LIFETIME = 3600;
  private static final long MOST_LIFETIME = 2_592_000;

  private final FileStore files;
  private final int mostBytes;

  FilesController(FileStore files, PenstockProperties properties) {
    this.files = files;
    this.mostBytes = (int) properties.maxBodySize().toBytes();
  }

  /**
   * What the form has, for the API's description.
   *
   * @param purpose always {@code batch}
   */
  record FileForm(
      @Schema(type = "string", format = "binary") Object file,
      @Schema(allowableValues = "batch") String purpose) {}

  /** A form of the fields {@code file} and {@code purpose}. */
  @RequestBody(
      content =
          @Content(
              mediaType = MediaType.MULTIPART_FORM_DATA_VALUE,
              schema = @Schema(implementation = FileForm.class)))
  @PostMapping(PATH)
  Mono<FileObject> create(
      @AuthenticationPrincipal Caller.Tenant caller, ServerWebExchange exchange) {
    MediaType type = exchange.getRequest().getHeaders().getContentType();
    if (type == null || !MediaType.MULTIPART_FORM_DATA.isCompatibleWith(type)) {
      return Mono.error(
          ApiException.of(
              HttpStatus.UNSUPPORTED_MEDIA_TYPE,
              ApiException.INVALID_REQUEST,
              "unsupported_media_type",
              null,
              "The body must be multipart/form-data with the fields 'file' and 'purpose'."));
    }
    return exchange
        .getMultipartData()
        .onErrorMap(
            DecodingException.class,
            e -> ApiException.invalid(null, "The form cannot be read: " + e.getMessage() + "."))
        .flatMap(form -> store(form, caller));
  }

  private Mono<FileObject> store(MultiValueMap<String, Part> form, Caller.Tenant caller) {
    String purpose = field(form, "purpose");
    if (purpose == null || !purpose.equals("batch")) {
      throw ApiException.invalid(
          "purpose",
          purpose == null ? "missing_required_parameter" : "invalid_value",
          "'purpose' must be 'batch': this server uses files for batches only.");
    }
    if (!(form.getFirst("file") instanceof FilePart file)) {
      throw ApiException.invalid(
          "file", "missing_required_parameter", "Missing required parameter: 'file'.");
    }
    String name = file.filename();
    if (name.isBlank() || name.length() > LONGEST_NAME || name.indexOf('\0') >= 0) {
      throw ApiException.invalid(
          "file", "invalid_value", "The file's name must have 1 to 500 characters.");
    }
    Duration lifetime = lifetime(field(form, "expires_after[seconds]"));
    return DataBufferUtils.join(file.content(), mostBytes)
        .onErrorMap(
            DataBufferLimitException.class,
            _ ->
                ApiException.of(
                    HttpStatus.CONTENT_TOO_LARGE,
                    ApiException.INVALID_REQUEST,
                    "request_too_large",
                    "file",
                    "The file is larger than %d bytes (penstock.max-body-size)."
                        .formatted(mostBytes)))
        .map(FilesController::bytes)
        .defaultIfEmpty(new byte[0])
        .flatMap(content -> files.insert(caller, name, content, lifetime));
  }

  private static byte[] bytes(DataBuffer buffer) {
    byte[] bytes = new byte[buffer.readableByteCount()];
    buffer.read(bytes);
    DataBufferUtils.release(buffer);
    return bytes;
  }

  private static String field(MultiValueMap<String, Part> form, String name) {
    return form.getFirst(name) instanceof FormFieldPart part ? part.value() : null;
  }

  private static Duration lifetime(String seconds) {
    if (seconds == null) {
      return null;
    }
    long value = seconds.matches("\\d{1,9}") ? Long.parseLong(seconds) : 0;
    if (value < LEAST_LIFETIME || value > MOST_LIFETIME) {
      throw ApiException.invalid(
          "expires_after[seconds]",
          "invalid_value",
          "expires_after[seconds] must be between %d and %d."
              .formatted(LEAST_LIFETIME, MOST_LIFETIME));
    }
    return Duration.ofSeconds(value);
  }

  @GetMapping(PATH)
  Mono<ListPage<FileObject>> list(
      @RequestParam(defaultValue = "") String purpose,
      @RequestParam(defaultValue = "") String after,
      @RequestParam(defaultValue = "desc") String order,
      @RequestParam(defaultValue = ListPage.DEFAULT_LIMIT) int limit,
      @AuthenticationPrincipal Caller.Tenant caller) {
    if (!order.equals("asc") && !order.equals("desc")) {
      throw ApiException.invalid("order", "invalid_value", "order must be 'asc' or 'desc'.");
    }
    return ListPage.of(
        limit,
        most -> files.page(caller, purpose, after, order.equals("asc"), most),
        FileObject::id);
  }

  @GetMapping(PATH + "/{fileId}")
  Mono<FileObject> get(@PathVariable String fileId, @AuthenticationPrincipal Caller.Tenant caller) {
    return files.find(caller, fileId);
  }

  record DeletedFile(String id, String object, boolean deleted) {}

  @DeleteMapping(PATH + "/{fileId}")
  Mono<DeletedFile> delete(
      @PathVariable String fileId, @AuthenticationPrincipal Caller.Tenant caller) {
    return files.delete(caller, fileId).thenReturn(new DeletedFile(fileId, "file", true));
  }

  @GetMapping(PATH + "/{fileId}/content")
  Mono<Void> content(
      @PathVariable String fileId,
      @AuthenticationPrincipal Caller.Tenant caller,
      ServerWebExchange exchange) {
    return files
        .content(caller, fileId)
        .flatMap(
            pieces -> {
              var response = exchange.getResponse();
              response.getHeaders().setContentType(MediaType.APPLICATION_OCTET_STREAM);
              Flux<DataBuffer> buffers = pieces.map(response.bufferFactory()::wrap);
              return response.writeWith(buffers);
            });
  }
}
