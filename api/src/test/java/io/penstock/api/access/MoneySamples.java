package io.penstock.api.access;

import io.penstock.api.testing.TestServer.Answer;
import java.util.HashMap;
import java.util.Map;
import org.springframework.r2dbc.core.DatabaseClient;

/** Webhooks, alerts and invoices of organizations, by the organizations' ids. */
final class MoneySamples {
  private static final Map<String, MoneySamples> KNOWN = new HashMap<>();

  private final Organization organization;
  private final String invoice;
  private String webhook;
  private String alert;

  private MoneySamples(Organization organization) {
    this.organization = organization;
    this.invoice =
        organization
            .server
            .bean(DatabaseClient.class)
            .sql(
                """
                insert into invoices (tenant_id, month, currency, time_zone, period_start, period_end,
                  opening_micros, credit_micros, correction_micros, usage_micros, closing_micros)
                values (cast(:tenant as uuid), '2020-01-01', 'usd', 'UTC', '2020-01-01Z', '2020-02-01Z',
                  0, 0, 0, 0, 0)
                returning cast(id as text)
                """)
            .bind("tenant", organization.id)
            .map(row -> row.get(0, String.class))
            .one()
            .block();
    organization
        .server
        .bean(DatabaseClient.class)
        .sql(
            """
            insert into usage_records (request_id, tenant_id, api_key_id, model, endpoint, streamed,
              choices, prompt_tokens, cached_tokens, completion_tokens, finish_reason, queued_us,
              total_us, created_at, settled_at)
            values ('req-of-' || :tenant, cast(:tenant as uuid), gen_random_uuid(), 'fake-model',
              '/v1/completions', false, 1, 1, 0, 0, 'cancelled', 0, 0, now(), now())
            """)
        .bind("tenant", organization.id)
        .then()
        .block();
    keepPrompt(organization);
  }

  /** Of the request above. */
  private static void keepPrompt(Organization organization) {
    organization
        .server
        .bean(DatabaseClient.class)
        .sql(
            """
            with kept as (
              update tenants set prompts_stored_since = now() where id = cast(:tenant as uuid)
              returning id
            )
            insert into stored_prompts
            select id, 'req-of-' || :tenant, gen_random_uuid(), now(), array['a'], array['b'], 1, 1
            from kept
            """)
        .bind("tenant", organization.id)
        .then()
        .block();
  }

  static void know(Organization organization) {
    KNOWN.computeIfAbsent(organization.id, _ -> new MoneySamples(organization));
  }

  /** Of an organization that is known. */
  static String path(String pattern, String tenant) {
    MoneySamples of = KNOWN.get(tenant);
    if (pattern.contains("{webhookId}")) {
      of.webhook =
          of.present(
              of.webhook, "/v1/organization/webhooks", "{\"url\": \"https://example.com/hook\"}");
    }
    if (pattern.contains("{alertId}")) {
      of.alert =
          of.present(of.alert, "/v1/organization/spend_alerts", "{\"threshold_percent\": 80}");
    }
    String asked =
        pattern.matches(".*/(usage/(completions|embeddings)|costs)")
            ? pattern + "?start_time=1"
            : pattern;
    return asked
        .replace("{webhookId}", String.valueOf(of.webhook))
        .replace("{requestId}", "req-of-" + tenant)
        .replace("{alertId}", String.valueOf(of.alert))
        .replace("{invoiceId}", of.invoice);
  }

  /** The same as long as it is there: another test may have deleted it. */
  private String present(String id, String path, String body) {
    Who operator = organization.operator;
    if (id != null
        && operator
            .send(organization.server, "GET", path + "?limit=100", null)
            .text()
            .contains("\"" + id + "\"")) {
      return id;
    }
    Answer made = operator.send(organization.server, "POST", path, body);
    if (made.status() != 200) {
      throw new AssertionError(made.text());
    }
    return made.json().path("id").asString();
  }

  static String body(String method, String pattern) {
    return switch (method + " " + pattern) {
      case "POST /v1/organization/webhooks", "POST /v1/organization/webhooks/{webhookId}" ->
          "{\"url\": \"https://example.com/hook\"}";
      case "POST /v1/organization/spend_alerts",
          "POST /v1/organization/projects/{projectId}/spend_alerts" ->
          "{\"threshold_percent\": 50}";
      default -> null;
    };
  }
}
