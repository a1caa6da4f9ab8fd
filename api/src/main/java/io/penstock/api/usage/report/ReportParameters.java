package io.penstock.api.usage.report;

import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.ParameterIn;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What every report may be asked for, for the API description. */
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Parameter(
    name = "start_time",
    in = ParameterIn.QUERY,
    required = true,
    description = "Seconds since 1970; its bucket is the first",
    schema = @Schema(type = "integer"))
@Parameter(
    name = "end_time",
    in = ParameterIn.QUERY,
    description = "Exclusive; now by default",
    schema = @Schema(type = "integer"))
@Parameter(
    name = "project_ids",
    in = ParameterIn.QUERY,
    array = @ArraySchema(schema = @Schema(type = "string")))
@Parameter(
    name = "api_key_ids",
    in = ParameterIn.QUERY,
    array = @ArraySchema(schema = @Schema(type = "string")))
@Parameter(name = "page", in = ParameterIn.QUERY, description = "next_page of the page before")
@interface ReportParameters {}
