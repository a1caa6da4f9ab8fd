package io.penstock.api.openai;

import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.gateway.ModelStatus;
import io.penstock.api.gateway.ServedModel;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.KeyRights;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.error.ApiException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.springframework.http.MediaType;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Text or messages to token ids and back, in vLLM's shapes. */
@RestController
@Access(Right.INFERENCE)
class TokenizeController {
  private final ModelRegistry models;
  private final Messages messages;
  private final ToolFields tools;
  private final TextWork textWork;

  TokenizeController(ModelRegistry models, TextWork textWork, JsonMapper json) {
    this.textWork = textWork;
    this.models = models;
    this.messages = new Messages(json);
    this.tools = new ToolFields(json);
  }

  /**
   * Either {@code prompt} or {@code messages}.
   *
   * @param model the first model when left out
   * @param addSpecialTokens by default true for a prompt and false for messages, whose template has
   *     them
   */
  record TokenizeRequest(
      String model,
      String prompt,
      JsonNode messages,
      JsonNode tools,
      Boolean addSpecialTokens,
      Boolean addGenerationPrompt,
      Boolean continueFinalMessage,
      Boolean returnTokenStrs,
      Map<String, Object> chatTemplateKwargs) {}

  record TokenizeResponse(
      int count, int maxModelLen, List<Integer> tokens, List<String> tokenStrs) {}

  record DetokenizeRequest(String model, JsonNode tokens) {}

  record DetokenizeResponse(String prompt) {}

  @PostMapping(path = "/tokenize", consumes = MediaType.APPLICATION_JSON_VALUE)
  Mono<TokenizeResponse> tokenize(
      @RequestBody TokenizeRequest body, @AuthenticationPrincipal Caller.Tenant caller) {
    return textWork.run(
        () -> {
          ServedModel model = model(body.model(), caller.rights());
          int[] ids = encode(body, model);
          TokenTexts texts = new TokenTexts(model);
          return new TokenizeResponse(
              ids.length,
              model.maxModelLen(),
              ChoiceText.ids(ids),
              Requests.isTrue(body.returnTokenStrs())
                  ? Arrays.stream(ids).mapToObj(texts::text).toList()
                  : null);
        });
  }

  private int[] encode(TokenizeRequest body, ServedModel model) {
    boolean hasMessages = !Texts.absent(body.messages());
    if (hasMessages == (body.prompt() != null)) {
      throw ApiException.invalid(
          hasMessages ? "prompt" : "messages",
          "invalid_value",
          "Give either 'prompt' or 'messages'.");
    }
    if (!hasMessages) {
      return model.encode(
          Texts.checked(body.prompt(), "prompt"),
          !Boolean.FALSE.equals(body.addSpecialTokens()),
          true);
    }
    if (Requests.isTrue(body.continueFinalMessage())) {
      throw ApiException.invalid(
          "continue_final_message",
          "unsupported_parameter",
          "'continue_final_message' is not supported by this server.");
    }
    return ChatPrompt.of(
            model,
            messages.read(body.messages()),
            tools.read(body.tools(), null, null),
            !Boolean.FALSE.equals(body.addGenerationPrompt()),
            Requests.isTrue(body.addSpecialTokens()),
            body.chatTemplateKwargs())
        .ids();
  }

  @PostMapping(path = "/detokenize", consumes = MediaType.APPLICATION_JSON_VALUE)
  Mono<DetokenizeResponse> detokenize(
      @RequestBody DetokenizeRequest body, @AuthenticationPrincipal Caller.Tenant caller) {
    return textWork.run(
        () -> {
          ServedModel model = model(body.model(), caller.rights());
          if (Texts.absent(body.tokens())) {
            throw ApiException.invalid(
                "tokens", "missing_required_parameter", "Missing required parameter: 'tokens'.");
          }
          int[] ids =
              Texts.tokenIds(body.tokens(), "tokens", model.vocabSize()).stream()
                  .mapToInt(Integer::intValue)
                  .toArray();
          return new DetokenizeResponse(model.decode(ids, false));
        });
  }

  private ServedModel model(String name, KeyRights rights) {
    if (name != null) {
      return models.require(name, rights);
    }
    return models.require(
        models.all().stream()
            .map(ModelStatus::id)
            .filter(rights::allowsModel)
            .findFirst()
            .orElse("(none)"));
  }
}
