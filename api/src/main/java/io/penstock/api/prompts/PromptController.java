package io.penstock.api.prompts;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.error.ApiException;
import io.swagger.v3.oas.annotations.Operation;
import java.util.List;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * What a request said and was answered, for admins and owners of its organization. Whoever operates
 * the installation may act as an owner of any. So each reading is an entry in the organization's
 * audit log: its people see who read what.
 */
@RestController
class PromptController {
  private static final int LONGEST_ID = 200;

  private final PromptStore store;
  private final AuditLog audit;

  PromptController(PromptStore store, AuditLog audit) {
    this.store = store;
    this.audit = audit;
  }

  @GetMapping("/v1/organization/requests/{requestId}/prompt")
  @Access(Right.MANAGE)
  @Operation(summary = "Prompt and answer of a request, if they were kept; reading is audited")
  Mono<Texts> read(@PathVariable String requestId, @AuthenticationPrincipal Caller.Member caller) {
    if (requestId.length() > LONGEST_ID || requestId.chars().anyMatch(Character::isISOControl)) {
      throw none();
    }
    return audit.record(
        store
            .find(caller.tenantId(), requestId)
            .switchIfEmpty(Mono.error(PromptController::none))
            .map(
                found ->
                    new AuditEntry(
                            found.tenantId(),
                            found.projectId(),
                            "request.prompt.read",
                            found.requestId(),
                            null,
                            null)
                        .with(Texts.of(found))));
  }

  private static ApiException none() {
    return ApiException.notFound(
        "prompt_not_stored", null, "Neither prompt nor answer of such a request is kept.");
  }

  /**
   * @param prompts as the model read them, with its template's markers; completions may have
   *     several
   * @param answers of each choice
   * @param promptBytes of all prompts in UTF-8; at most 64 KiB of them are kept, as of the answers
   */
  record Texts(
      List<String> prompts,
      List<String> answers,
      long promptBytes,
      long answerBytes,
      boolean promptsCut,
      boolean answersCut) {
    static Texts of(StoredPrompt prompt) {
      return new Texts(
          prompt.prompts(),
          prompt.answers(),
          prompt.promptBytes(),
          prompt.answerBytes(),
          prompt.promptBytes() > KeptText.bytes(prompt.prompts()),
          prompt.answerBytes() > KeptText.bytes(prompt.answers()));
    }
  }
}
