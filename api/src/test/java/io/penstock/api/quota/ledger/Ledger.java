package io.penstock.api.quota.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import java.util.List;
import java.util.Map;
import org.springframework.r2dbc.core.DatabaseClient;

/** Questions of tests to the ledger's tables. */
final class Ledger {
  static final String CHAT = "/v1/chat/completions";

  private final DatabaseClient database;

  Ledger(TestServer server) {
    this.database = server.bean(DatabaseClient.class);
  }

  /** A request of one message and so many tokens. */
  static String body(int maxTokens, boolean stream) {
    return "{\"model\": \"fake-model\", \"max_tokens\": %d, \"ignore_eos\": true, \"stream\": %s, \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}"
        .formatted(maxTokens, stream);
  }

  /** Sets a limit by the operator's API. */
  static void limit(TestServer server, String scope, String id, String kind, long value) {
    TestServer.Answer answer =
        server.put(
            "/admin/limits",
            "{\"scope\": \"%s\", \"scope_id\": \"%s\", \"kind\": \"%s\", \"value\": %d}"
                .formatted(scope, id, kind, value));
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
  }

  long number(String sql) {
    return database.sql(sql).map(row -> row.get(0, Long.class)).one().block();
  }

  long holds() {
    return number("select count(*) from holds");
  }

  void awaitNoHolds() {
    TestServer.await("all holds to be resolved", () -> holds() == 0 ? true : null);
  }

  List<Map<String, Object>> rows(String sql) {
    return database.sql(sql).fetch().all().collectList().block();
  }

  /** Balances are the sums of entries, and counters hold what requests hold. */
  void check() {
    assertThat(rows("select * from ledger_imbalance")).isEmpty();
    assertThat(rows("select * from hold_imbalance")).isEmpty();
    assertThat(
            rows(
                "select request_id from ledger_entries where kind = 'usage' group by 1 having count(*) > 1"))
        .isEmpty();
    assertThat(
            rows(
                """
                select u.request_id from usage_records u
                join (select request_id, sum(completion_tokens) as tokens from ledger_entries
                  where kind in ('usage', 'late') group by 1) as e on e.request_id = u.request_id
                where e.tokens <> u.completion_tokens
                """))
        .isEmpty();
  }
}
