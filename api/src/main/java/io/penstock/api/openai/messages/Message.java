package io.penstock.api.openai.messages;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import io.penstock.api.gateway.Outcome;
import io.penstock.api.openai.AnswerText;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answer of {@code POST /v1/messages}, and how its stream begins.
 *
 * @param type always {@code message}
 * @param stopReason {@code end_turn}, {@code max_tokens}, {@code stop_sequence} or {@code tool_use}
 * @param stopSequence the one that ended it, or null
 */
record Message(
    String id,
    String type,
    String role,
    String model,
    List<Block> content,
    String stopReason,
    String stopSequence,
    Usage usage) {
  private static final JsonMapper JSON = JsonMapper.shared();

  /** Part of the content: which fields there are depends on the type. */
  @JsonInclude(Include.NON_NULL)
  record Block(
      String type,
      String text,
      String thinking,
      String signature,
      String id,
      String name,
      JsonNode input) {
    static Block text(String text) {
      return new Block("text", text, null, null, null, null, null);
    }

    /** Thoughts are not signed: nobody but this server reads them. */
    static Block thinking(String thoughts) {
      return new Block("thinking", null, thoughts, "", null, null, null);
    }

    static Block call(String id, String name, JsonNode input) {
      return new Block("tool_use", null, null, null, id, name, input);
    }
  }

  /**
   * @param inputTokens those that were not found in the prefix cache
   */
  record Usage(
      int inputTokens,
      int cacheCreationInputTokens,
      int cacheReadInputTokens,
      int outputTokens,
      String serviceTier) {
    static Usage of(Outcome outcome, String tier) {
      return new Usage(
          outcome.promptTokens() - outcome.cachedTokens(),
          0,
          outcome.cachedTokens(),
          outcome.completionTokens(),
          tier);
    }
  }

  static List<Block> content(AnswerText answer) {
    List<Block> blocks = new ArrayList<>();
    if (answer.reasoning() != null) {
      blocks.add(Block.thinking(answer.reasoning()));
    }
    if (!answer.content().isEmpty()) {
      blocks.add(Block.text(answer.content()));
    }
    answer
        .calls()
        .forEach(call -> blocks.add(Block.call(call.id(), call.name(), input(call.arguments()))));
    return blocks;
  }

  /** An answer that ended within its arguments has none that can be read. */
  private static JsonNode input(String arguments) {
    try {
      return JSON.readTree(arguments);
    } catch (JacksonException _) {
      return JSON.createObjectNode();
    }
  }

  static String stopReason(String finishReason, Object stopped) {
    return switch (finishReason) {
      case "tool_calls" -> "tool_use";
      case "length" -> "max_tokens";
      default -> stopped instanceof String ? "stop_sequence" : "end_turn";
    };
  }

  /** The client's stop sequence that ended it, or null. */
  static String stopSequence(String finishReason, Object stopped) {
    return !finishReason.equals("tool_calls") && stopped instanceof String text ? text : null;
  }
}
