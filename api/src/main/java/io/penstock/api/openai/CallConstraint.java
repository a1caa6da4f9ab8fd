package io.penstock.api.openai;

import io.penstock.api.gateway.ServedModel;
import io.penstock.api.openai.tools.ToolConvention;
import io.penstock.api.platform.error.ApiException;
import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.core.OutputConstraint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an answer must match so that its tool calls are calls of tools that there are, with
 * arguments that their schemas describe: an answer that must call, from behind the opening that its
 * prompt ends with; any other from its first call on, if a tool is {@code strict}.
 */
final class CallConstraint {
  private static final int MOST_CALLS = 16;
  private static final String ANY_OBJECT = "{\"type\": \"object\"}";
  private static final JsonMapper JSON = JsonMapper.shared();

  private final ServedModel model;
  private final ToolUse tools;
  private final ToolConvention convention;

  CallConstraint(ServedModel model, ToolUse tools, ToolConvention convention) {
    this.model = model;
    this.tools = tools;
    this.convention = convention;
  }

  /**
   * The same for an answer that must match a format: where it may call tools, it is either in the
   * format or calls.
   *
   * @param format of the answer, prepared; null for any text
   */
  OutputConstraint prepare(OutputConstraint format) {
    if (format == null || tools.required()) {
      return prepare();
    }
    if (!tools.any()) {
      return format;
    }
    checkStrict();
    for (boolean exact : new boolean[] {true, false}) {
      OutputConstraint either =
          new OutputConstraint.AnyOf(List.of(format, sequence(opening(), calls(exact))));
      if (usable(either)) {
        return either;
      }
    }
    return format;
  }

  private OutputConstraint opening() {
    return convention.controlTokens() && !convention.opening().isEmpty()
        ? new OutputConstraint.Control(convention.opening())
        : text(convention.opening());
  }

  /**
   * Prepared by the model; null for none. Schemas of tools that are not strict are kept to where
   * they can be.
   *
   * @throws ApiException 400 when the schema of a strict tool cannot be used
   */
  OutputConstraint prepare() {
    boolean strict = !tools.strict().isEmpty();
    if (!tools.required() && !(strict && convention == ToolConvention.HERMES)) {
      return null;
    }
    checkStrict();
    OutputConstraint exact = constraint(true);
    if (usable(exact)) {
      return exact;
    }
    OutputConstraint names = constraint(false);
    return usable(names) ? names : null;
  }

  private boolean usable(OutputConstraint constraint) {
    try {
      model.prepare(constraint);
      return true;
    } catch (ConstraintException _) {
      return false;
    }
  }

  private void checkStrict() {
    for (int i = 0; i < tools.tools().size(); i++) {
      Map<String, Object> tool = tools.tools().get(i);
      if (!tools.strict().contains(ToolUse.name(tool))) {
        continue;
      }
      try {
        model.prepare(arguments(tool, true));
      } catch (ConstraintException e) {
        throw ApiException.invalid(
            "tools[%d].function.parameters".formatted(i),
            "invalid_function_parameters",
            "Invalid schema for function '%s', at %s: %s"
                .formatted(ToolUse.name(tool), e.pointer(), e.getMessage()));
      }
    }
  }

  private OutputConstraint constraint(boolean exact) {
    OutputConstraint calls = calls(exact);
    return tools.required()
        ? calls
        : new OutputConstraint.Triggered(
            ToolConvention.HERMES.opening().strip(), sequence(text("\n"), calls));
  }

  private OutputConstraint calls(boolean exact) {
    OutputConstraint call = sequence(text("{\"name\": "), anyTool(exact), text("}"));
    int most = tools.parallel() ? MOST_CALLS : 1;
    return switch (convention) {
      case HERMES -> {
        OutputConstraint closed = sequence(call, text("\n" + convention.close()));
        yield new OutputConstraint.Repeated(closed, 1, most, "\n" + convention.opening());
      }
      case LLAMA3 -> new OutputConstraint.Repeated(call, 1, most, "; ");
      case MISTRAL ->
          sequence(text("["), new OutputConstraint.Repeated(call, 1, most, ", "), text("]"));
    };
  }

  private OutputConstraint anyTool(boolean exact) {
    List<OutputConstraint> options = new ArrayList<>();
    for (Map<String, Object> tool : tools.tools()) {
      boolean kept = exact || tools.strict().contains(ToolUse.name(tool));
      options.add(
          sequence(
              text("\"%s\", \"%s\": ".formatted(ToolUse.name(tool), convention.argumentsKey())),
              arguments(tool, kept)));
    }
    return new OutputConstraint.AnyOf(options);
  }

  private static OutputConstraint arguments(Map<String, Object> tool, boolean exact) {
    Object parameters = ToolUse.function(tool).get("parameters");
    return exact
        ? new OutputConstraint.Json(
            parameters == null ? ANY_OBJECT : JSON.writeValueAsString(parameters))
        : new OutputConstraint.JsonObject();
  }

  private static OutputConstraint text(String text) {
    return new OutputConstraint.Text(text);
  }

  private static OutputConstraint sequence(OutputConstraint... parts) {
    return new OutputConstraint.Sequence(List.of(parts));
  }
}
