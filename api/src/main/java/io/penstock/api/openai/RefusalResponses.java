package io.penstock.api.openai;

import io.penstock.api.platform.error.OpenAiError;
import io.swagger.v3.oas.annotations.headers.Header;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** How an endpoint that generates refuses, for the API description. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ApiResponse(
    responseCode = "400",
    description = "The request is wrong; 'param' names the field",
    content = @Content(schema = @Schema(implementation = OpenAiError.class)))
@ApiResponse(
    responseCode = "403",
    description = "service_tier_not_allowed: the tenant's plan lacks the tier",
    content = @Content(schema = @Schema(implementation = OpenAiError.class)))
@ApiResponse(
    responseCode = "429",
    description = "rate_limit_exceeded: a limit of the tenant's own that time lifts",
    headers = {
      @Header(name = "Retry-After", description = "seconds, rounded up"),
      @Header(name = "retry-after-ms", description = "milliseconds"),
      @Header(name = "x-should-retry", description = "false when the wait is long")
    },
    content = @Content(schema = @Schema(implementation = OpenAiError.class)))
@ApiResponse(
    responseCode = "503",
    description =
        "server_is_overloaded: the queue is full, see Retry-After; deadline_unmeetable: the answer"
            + " would come after x-request-deadline-ms",
    headers = {
      @Header(name = "Retry-After", description = "seconds, rounded up"),
      @Header(name = "retry-after-ms", description = "milliseconds"),
      @Header(name = "x-should-retry", description = "false when it is of no use")
    },
    content = @Content(schema = @Schema(implementation = OpenAiError.class)))
public @interface RefusalResponses {}
