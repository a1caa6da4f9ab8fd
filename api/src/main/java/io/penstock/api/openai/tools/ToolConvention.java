package io.penstock.api.openai.tools;

import io.penstock.api.platform.RequestContext;

/**
 * How a model writes tool calls, told by its chat template:
 *
 * <ul>
 *   <li>Hermes and Qwen: {@code <tool_call>{"name": ..., "arguments": {...}}</tool_call>}
 *   <li>Llama 3: {@code {"name": ..., "parameters": {...}}}, perhaps behind {@code <|python_tag|>},
 *       several of them separated by semicolons
 *   <li>Mistral: {@code [TOOL_CALLS][{"name": ..., "arguments": {...}}]}, and of later models
 *       {@code [TOOL_CALLS]name[ARGS]{...}}
 * </ul>
 *
 * <p>A template that knows no tools gets them described in its system message ({@link
 * ToolDescription}), in the first of these conventions.
 */
public enum ToolConvention {
  HERMES("<tool_call>", "</tool_call>", false, false),
  LLAMA3("<|python_tag|>", null, true, true),
  MISTRAL("[TOOL_CALLS]", null, false, true);

  private static final int MISTRAL_ID_LENGTH = 9;

  private final String open;
  private final String close;
  private final boolean bare;
  private final boolean controlTokens;

  ToolConvention(String open, String close, boolean bare, boolean controlTokens) {
    this.open = open;
    this.close = close;
    this.bare = bare;
    this.controlTokens = controlTokens;
  }

  /** The convention of a chat template. */
  public static ToolConvention of(String template) {
    if (!knowsTools(template)) {
      return HERMES;
    }
    if (template.contains(MISTRAL.open)) {
      return MISTRAL;
    }
    boolean llama = template.contains(LLAMA3.open) || template.contains("ipython");
    return llama && !template.contains(HERMES.open) ? LLAMA3 : HERMES;
  }

  /** Whether the template renders tools itself. */
  public static boolean knowsTools(String template) {
    return template.contains("tools");
  }

  /** Marker before calls. */
  String open() {
    return open;
  }

  /** Marker behind a call; null for none. */
  public String close() {
    return close;
  }

  /** Whether a call may stand without a marker. */
  boolean bare() {
    return bare;
  }

  /** Whether markers are control tokens, which are left out of texts unless asked for. */
  public boolean controlTokens() {
    return controlTokens;
  }

  /** What the model's answer begins with when it must call a tool: belongs to its prompt. */
  public String opening() {
    return switch (this) {
      case HERMES -> open + "\n";
      case LLAMA3 -> "";
      case MISTRAL -> open;
    };
  }

  /** Key of a call's arguments. */
  public String argumentsKey() {
    return this == LLAMA3 ? "parameters" : "arguments";
  }

  /** A new id for a call. Mistral's templates insist on nine letters or digits. */
  String newId() {
    return this == MISTRAL
        ? RequestContext.randomHex(MISTRAL_ID_LENGTH).substring(0, MISTRAL_ID_LENGTH)
        : "call_" + RequestContext.randomHex(12);
  }

  /** An id of a client's message as the template takes it: the same for the same id. */
  public String idForTemplate(String id) {
    if (this != MISTRAL || id.matches("[A-Za-z0-9]{" + MISTRAL_ID_LENGTH + "}")) {
      return id;
    }
    String letters = id.replaceAll("[^A-Za-z0-9]", "");
    String padded = "0".repeat(MISTRAL_ID_LENGTH) + letters;
    return padded.substring(padded.length() - MISTRAL_ID_LENGTH);
  }
}
