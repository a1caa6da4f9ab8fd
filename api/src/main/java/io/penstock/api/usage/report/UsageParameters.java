package io.penstock.api.usage.report;

import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.ParameterIn;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What reports of usage may be asked for, for the API description. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ReportParameters
@Parameter(name = "bucket_width", in = ParameterIn.QUERY, description = "1m, 1h or 1d, the default")
@Parameter(
    name = "models",
    in = ParameterIn.QUERY,
    array = @ArraySchema(schema = @Schema(type = "string")))
@Parameter(
    name = "batch",
    in = ParameterIn.QUERY,
    description = "Only the tier batch, or only others",
    schema = @Schema(type = "boolean"))
@Parameter(
    name = "group_by",
    in = ParameterIn.QUERY,
    description = "project_id, api_key_id, model, service_tier, batch, user_id (always null)",
    array = @ArraySchema(schema = @Schema(type = "string")))
@Parameter(
    name = "limit",
    in = ParameterIn.QUERY,
    description = "Buckets: up to 1440 of 1m, 168 of 1h, 31 of 1d",
    schema = @Schema(type = "integer"))
@interface UsageParameters {}
