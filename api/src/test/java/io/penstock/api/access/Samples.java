package io.penstock.api.access;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** Ids and bodies with which the endpoints do what they are for. */
final class Samples {
  private static final AtomicInteger COUNT = new AtomicInteger();

  private Samples() {}

  /** Of things of one organization. */
  record Ids(
      String tenant,
      String project,
      String key,
      String adminKey,
      String account,
      String invite,
      String user) {}

  private static final java.util.Map<String, Ids> KNOWN = new java.util.HashMap<>();

  static Ids idsOf(Organization organization) {
    return KNOWN.computeIfAbsent(organization.id, _ -> newIds(organization));
  }

  private static Ids newIds(Organization organization) {
    organization.join(organization.person("viewer").id);
    MoneySamples.know(organization);
    return new Ids(
        organization.id,
        organization.projectId,
        organization.newKey("").path("id").asString(),
        organization.newAdminKey("").path("id").asString(),
        organization.newAccount().path("id").asString(),
        organization.newInvite().path("id").asString(),
        organization.person("viewer").id);
  }

  /** Things that the endpoint may change or delete. */
  static Ids freshIdsOf(Organization o, Object endpoint) {
    Ids known = idsOf(o);
    String text = endpoint.toString();
    if (text.contains("projects/{projectId}/users/{userId}")) {
      o.join(known.user); // the endpoint before may have removed them
      return known;
    }
    if (text.startsWith("GET")) {
      return known;
    }
    boolean projectItself = text.matches("POST .*\\{projectId}(/archive)?");
    return new Ids(
        known.tenant,
        projectItself ? o.newProject() : known.project,
        text.contains("{keyId}") || text.contains("/admin/keys")
            ? o.newKey("").path("id").asString()
            : known.key,
        text.contains("admin_api_keys/{")
            ? o.newAdminKey("").path("id").asString()
            : known.adminKey,
        text.contains("{accountId}") ? o.newAccount().path("id").asString() : known.account,
        text.contains("{inviteId}") ? o.newInvite().path("id").asString() : known.invite,
        user(o, known, text));
  }

  private static String user(Organization o, Ids known, String text) {
    return text.contains("users/{userId}") ? o.newPerson("viewer").id : known.user;
  }

  /** Own and other's ids in every mixture that has one of the other's. */
  static List<Ids> mixes(Organization own, Organization other, String pattern) {
    Ids mine = idsOf(own);
    Ids theirs = idsOf(other);
    List<Ids> mixes = new ArrayList<>(List.of(theirs));
    if (pattern.contains("{projectId}/")) {
      mixes.add(
          new Ids(
              theirs.tenant,
              theirs.project,
              mine.key,
              mine.adminKey,
              mine.account,
              mine.invite,
              mine.user));
    }
    if (pattern.matches(".*\\{projectId}/.*\\{.*") && !pattern.contains("{rateLimitId}")) {
      mixes.add(
          new Ids(
              mine.tenant,
              mine.project,
              theirs.key,
              theirs.adminKey,
              theirs.account,
              theirs.invite,
              theirs.user));
    }
    return mixes;
  }

  static String path(String pattern, Ids ids) {
    return MoneySamples.path(pattern, ids.tenant)
        .replace("{projectId}", ids.project)
        .replace("/admin_api_keys/{keyId}", "/admin_api_keys/" + ids.adminKey)
        .replace("{keyId}", ids.key)
        .replace("/admin/keys/{id}", "/admin/keys/" + ids.key)
        .replace("{accountId}", ids.account)
        .replace("{inviteId}", ids.invite)
        .replace("{userId}", ids.user)
        .replace("{rateLimitId}", "rl-all")
        .replace("/live", "/live?samples=1") // else it never ends
        .replace("/live?samples=1/latest", "/live/latest")
        .replace("{tenantId}", ids.tenant)
        .replace("/admin/tenants/{id}", "/admin/tenants/" + ids.tenant)
        .replace("/admin/plans/{name}", "/admin/plans/standard")
        .replace("{responseId}", "resp_none")
        .replace("{batchId}", "batch_none")
        .replace("{fileId}", "file-none")
        .replace("/v1/models/{*id}", "/v1/models/fake-model")
        .replace(
            "/v1/organization/limits/settings",
            "/v1/organization/limits/settings?kind=requests_per_day&project_id=" + ids.project)
        .replace(
            "/v1/organization/limits/effect",
            "/v1/organization/limits/effect?kind=requests_per_day&value=1&project_id="
                + ids.project)
        .replace("/admin/models/aliases", "/admin/models/aliases?alias=no-such-alias")
        .replace(
            "/admin/limits",
            "/admin/limits?scope=project&kind=requests_per_day&scope_id=" + ids.project)
        .replaceFirst("/admin/limits\\?.*/(models|next)", "/admin/limits/$1");
  }

  /** A body that is right for the endpoint; null where it has none. */
  static String body(String method, String pattern, Organization organization) {
    return switch (method + " " + pattern) {
      case "POST /admin/tenants", "POST /admin/plans" ->
          "{\"name\": \"sample-%d\"}".formatted(COUNT.incrementAndGet());
      case "POST /admin/tenants/{id}" -> "{\"time_zone\": \"Europe/Berlin\"}";
      case "PUT /admin/tenants/{id}/plan" -> "{\"plan\": \"standard\"}";
      case "POST /v1/chat/completions" ->
          "{\"model\": \"fake-model\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}";
      case "POST /v1/completions", "POST /tokenize" ->
          "{\"model\": \"fake-model\", \"prompt\": \"Hi\"}";
      case "POST /v1/embeddings" -> "{\"model\": \"fake-model\", \"input\": \"Hi\"}";
      case "POST /v1/messages", "POST /v1/messages/count_tokens" ->
          """
          {"model": "fake-model", "max_tokens": 5, "messages": [{"role": "user", "content": "Hi"}]}
          """;
      case "POST /v1/batches" ->
          """
          {"input_file_id": "file-none", "endpoint": "/v1/completions", "completion_window": "24h"}
          """;
      case "POST /v1/responses" -> "{\"model\": \"fake-model\", \"input\": \"Hi\"}";
      case "POST /detokenize" -> "{\"model\": \"fake-model\", \"tokens\": [1, 2]}";
      case "POST /v1/organization/projects",
          "POST /v1/organization/projects/{projectId}",
          "POST /v1/organization/projects/{projectId}/api_keys",
          "POST /v1/organization/projects/{projectId}/api_keys/{keyId}",
          "POST /v1/organization/projects/{projectId}/service_accounts",
          "POST /v1/organization/admin_api_keys",
          "POST /admin/tenants/{tenantId}/keys" ->
          "{\"name\": \"a name\"}";
      case "POST /v1/organization/projects/{projectId}/model_permissions" ->
          "{\"mode\": \"deny_list\", \"model_ids\": [\"another-model\"]}";
      case "POST /v1/organization/projects/{projectId}/users" ->
          "{\"user_id\": \"%s\", \"role\": \"member\"}".formatted(idsOf(organization).user);
      case "POST /v1/organization/projects/{projectId}/users/{userId}" -> "{\"role\": \"owner\"}";
      case "POST /v1/organization/users/{userId}" -> "{\"role\": \"member\"}";
      case "POST /v1/organization/invites" ->
          "{\"email\": \"guest-%d@example.test\", \"role\": \"viewer\"}"
              .formatted(COUNT.incrementAndGet());
      case "POST /v1/organization/projects/{projectId}/rate_limits/{rateLimitId}" ->
          "{\"max_requests_per_1_minute\": 1000000}";
      case "POST /v1/organization/projects/{projectId}/spend_limit" ->
          "{\"threshold_amount\": 100000000}";
      case "PUT /v1/organization/prompt_storage" -> "{\"store_prompts\": true}";
      case "PUT /v1/organization/limits/settings" ->
          "{\"project_id\": \"%s\", \"kind\": \"requests_per_day\", \"value\": 1000000}"
              .formatted(organization.projectId);
      case "PUT /admin/limits" ->
          """
          {"scope": "project", "scope_id": "%s", "kind": "requests_per_day", "value": 1000000}
          """
              .formatted(organization.projectId);
      case "POST /admin/prices" ->
          """
          {"model": "priced-%d", "prompt": 1, "cached": 1, "completion": 1, "compute_second": 1,
           "max_compute_us_per_token": 100}
          """
              .formatted(COUNT.incrementAndGet());
      case "POST /admin/tenants/{tenantId}/credits", "POST /admin/tenants/{tenantId}/corrections" ->
          "{\"id\": \"sample-%d\", \"amount_micros\": 1000}".formatted(COUNT.incrementAndGet());
      case "POST /admin/models", "POST /admin/models/plan" ->
          "{\"reference\": \"nowhere\", \"name\": \"fake-model\"}";
      case "POST /admin/models/unload" -> "{\"id\": \"no-such-model\"}";
      case "PUT /admin/models/aliases" ->
          "{\"alias\": \"sample-%d\", \"model\": \"fake-model\"}"
              .formatted(COUNT.incrementAndGet());
      case "POST /auth/profile" -> "{\"name\": \"Renamed\"}";
      case "POST /auth/password" ->
          "{\"current_password\": \"%s\", \"new_password\": \"%s\"}"
              .formatted(Organization.PASSWORD, Organization.PASSWORD);
      case "POST /auth/first-owner" ->
          "{\"email\": \"b@example.test\", \"name\": \"B\", \"password\": \"long enough!\"}";
      default -> {
        String money = MoneySamples.body(method, pattern);
        yield money != null ? money : method.equals("POST") || method.equals("PUT") ? "{}" : null;
      }
    };
  }

  static Set<Integer> good(String endpoint) {
    return switch (endpoint) {
      case "POST /auth/first-owner" -> Set.of(409); // there is one
      // The model is there, its file is not, and no other is to be unloaded.
      case "POST /admin/models" -> Set.of(409);
      case "POST /admin/models/plan" -> Set.of(400);
      case "POST /admin/models/unload" -> Set.of(404);
      case "POST /admin/requests/{requestId}/cancel",
          "POST /v1/organization/requests/{requestId}/cancel" ->
          Set.of(409); // it has ended
      case "DELETE /admin/models/aliases" -> Set.of(404); // there is none of this name
      // None may be set, or not any more.
      case "GET /v1/organization/spend_limit",
          "GET /v1/organization/projects/{projectId}/spend_limit",
          "DELETE /v1/organization/projects/{projectId}/spend_limit",
          "DELETE /v1/organization/limits/settings",
          "DELETE /admin/limits" ->
          Set.of(200, 404);
      case "GET /v1/responses/{responseId}",
          "GET /v1/responses/{responseId}/input_items",
          "DELETE /v1/responses/{responseId}",
          "POST /v1/responses/{responseId}/cancel",
          "POST /v1/batches",
          "GET /v1/batches/{batchId}",
          "POST /v1/batches/{batchId}/cancel",
          "GET /v1/files/{fileId}",
          "GET /v1/files/{fileId}/content",
          "DELETE /v1/files/{fileId}" ->
          Set.of(404); // there is none of this id
      case "POST /v1/files" -> Set.of(415); // the sample is no form
      default -> Set.of(200, 201, 202, 204);
    };
  }
}
