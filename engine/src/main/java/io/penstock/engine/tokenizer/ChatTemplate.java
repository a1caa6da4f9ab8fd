package io.penstock.engine.tokenizer;

import io.penstock.engine.tokenizer.template.Template;
import io.penstock.engine.tokenizer.template.TemplateException;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A model's chat template with the variables that Hugging Face's {@code apply_chat_template} gives
 * it. Immutable; safe for use by many threads.
 */
final class ChatTemplate {
  private final String source;
  private final Template template;
  private final SpecialTokens specialTokens;
  private final ChatMessages messages;
  private final Clock clock;

  /**
   * @throws TemplateException when the template is malformed
   */
  ChatTemplate(String source, SpecialTokens specialTokens, Clock clock) {
    this.source = source;
    this.template = Template.compile(source);
    this.specialTokens = specialTokens;
    this.messages = new ChatMessages(template.iteratesOver("content"));
    this.clock = clock;
  }

  String source() {
    return source;
  }

  String render(
      List<Map<String, Object>> chat,
      List<Map<String, Object>> tools,
      boolean addGenerationPrompt,
      Map<String, Object> kwargs) {
    Map<String, Object> variables = new HashMap<>(specialTokens.templateVariables());
    variables.put("documents", null);
    variables.putAll(kwargs);
    variables.put("messages", messages.prepare(chat));
    variables.put("tools", tools);
    variables.put("add_generation_prompt", addGenerationPrompt);
    return template.render(variables, clock);
  }
}
