package io.penstock.api.usage.invoice;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.testing.TestServer;
import io.penstock.api.testing.TestServer.Answer;
import io.penstock.api.testing.TestServer.Tenant;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.dao.DataAccessException;
import org.springframework.r2dbc.core.DatabaseClient;
import tools.jackson.databind.JsonNode;

/** Two months that are over, by sums put there, and the month that runs, by a request. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InvoiceTest {
  private static final String INVOICES = "/v1/organization/invoices";

  private final YearMonth now = YearMonth.now(ZoneOffset.UTC);
  private final YearMonth last = now.minusMonths(1);
  private final YearMonth first = now.minusMonths(2);
  private TestServer server;
  private Tenant tenant;
  private Tenant idle;

  @BeforeAll
  void settle() {
    server = TestServer.withFakeEngine();
    tenant = server.newTenant();
    idle = server.newTenant();
    sql("update projects set name = '=SUM(A1), \"me\"' where tenant_id = '" + tenant.id() + "'");
    sql(
        "insert into prices (model, version, valid_from, prompt, cached, completion)"
            + " values ('fake-model', 1, now() - interval '1 day', 1000000, 500000, 2000000)");
    day(first.atDay(28), 3, 300, 100, 30, 1_000_001);
    day(last.atDay(1), 1, 10, 0, 5, 20);
    day(last.atEndOfMonth(), 2, 20, 5, 7, 34);
    credit(first.atDay(3), "credit", 5_000_000);
    credit(last.atDay(9), "correction", 7);
    sql("select ledger_partition('" + first.atDay(1) + "')");
    server.bean(InvoiceRun.class).makeDue(Instant.now().plusSeconds(2 * 3600)).block();
  }

  @AfterAll
  void close() {
    server.close();
  }

  private void sql(String statement) {
    server.bean(DatabaseClient.class).sql(statement).then().block();
  }

  private void day(
      LocalDate day, long requests, long prompt, long cached, long completion, long amount) {
    sql(
        """
        insert into usage_daily (tenant_id, day, project_id, model, price_version, requests,
          prompt_tokens, cached_tokens, completion_tokens, compute_us, amount_micros)
        select '%s', '%s', id, 'fake-model', 1, %d, %d, %d, %d, 1500000, %d
        from projects where tenant_id = '%s'
        """
            .formatted(
                tenant.id(), day, requests, prompt, cached, completion, amount, tenant.id()));
  }

  private void credit(LocalDate day, String kind, long micros) {
    sql("select ledger_partition('" + day + "')");
    sql(
        """
        insert into ledger_entries (created_at, kind, request_id, tenant_id, debit, credit, amount)
        select timestamptz '%s 12:00Z', '%s', 'test', b.tenant_id, o.id, b.id, %d
        from accounts b join accounts o on o.tenant_id = b.tenant_id
        where b.tenant_id = '%s' and b.kind = 'balance' and o.kind = 'funding'
        """
            .formatted(day, kind, micros, tenant.id()));
  }

  private Answer get(Tenant of, String path) {
    return server.send(
        server
            .request(path, TestServer.ADMIN_KEY)
            .header("OpenAI-Organization", of.id())
            .GET()
            .build());
  }

  private List<JsonNode> invoices() {
    return get(tenant, INVOICES).json().path("data").values().stream().toList();
  }

  private static void amounts(
      JsonNode invoice,
      String opening,
      String credits,
      String corrections,
      String usage,
      String closing,
      String due) {
    assertThat(
            List.of(
                text(invoice, "opening_balance"),
                text(invoice, "credits"),
                text(invoice, "corrections"),
                text(invoice, "usage"),
                text(invoice, "closing_balance"),
                text(invoice, "amount_due")))
        .containsExactly(opening, credits, corrections, usage, closing, due);
  }

  private static String text(JsonNode invoice, String field) {
    BigDecimal value = invoice.path(field).decimalValue();
    return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
  }

  @Test
  void everyMonthThatIsOverHasOneAndTheyFollowOneAnother() {
    List<JsonNode> invoices = invoices();
    assertThat(invoices.stream().map(i -> i.path("month").asString()))
        .containsExactly(last.toString(), first.toString());
    amounts(invoices.get(1), "0", "5", "0", "1.000001", "3.999999", "0");
    amounts(invoices.get(0), "3.999999", "0", "0.000007", "0.000054", "3.999952", "0");
    assertThat(invoices.get(0).path("status").asString()).isEqualTo("final");
    assertThat(invoices.get(0).path("number").asString()).matches("INV-\\d{6}");
    assertThat(invoices.get(0).path("period_start").longValue())
        .isEqualTo(last.atDay(1).atStartOfDay(ZoneOffset.UTC).toEpochSecond());
    assertThat(invoices.get(0).has("lines")).isFalse();
    assertThat(get(idle, INVOICES).json().path("data").isEmpty()).isTrue();
  }

  @Test
  void toMakeThemAgainChangesNothing() {
    List<JsonNode> before = invoices();
    server.bean(InvoiceRun.class).makeDue(Instant.now().plusSeconds(2 * 3600)).block();
    assertThat(invoices()).isEqualTo(before);
    Long events =
        server
            .bean(DatabaseClient.class)
            .sql("select count(*) from outbox where kind = 'invoice.created'")
            .map(row -> row.get(0, Long.class))
            .one()
            .block();
    assertThat(events).isEqualTo(2);
    org.assertj.core.api.Assertions.assertThatThrownBy(
            () -> sql("update invoices set usage_micros = 0"))
        .isInstanceOf(DataAccessException.class);
  }

  @Test
  void aMonthIsTakenOnlyWhenItHasBeenOverForAnHour() {
    ZonedDateTime end = now.plusMonths(1).atDay(1).atStartOfDay(ZoneOffset.UTC);
    InvoiceStore store = server.bean(InvoiceStore.class);
    UUID id = UUID.fromString(tenant.id());
    assertThat(due(store, end.plusMinutes(59).toInstant())).doesNotContain(id);
    assertThat(due(store, end.plusMinutes(60).toInstant())).contains(id);
  }

  private static List<UUID> due(InvoiceStore store, Instant at) {
    return store.due(at, 100).map(InvoiceStore.Due::tenant).collectList().block();
  }

  @Test
  void linesAreThoseOfTheMonthInJsonAndCsv() {
    String id = invoices().get(0).path("id").asString();
    JsonNode lines = get(tenant, INVOICES + "/" + id).json().path("lines");
    assertThat(lines.size()).isEqualTo(1);
    JsonNode line = lines.path(0);
    assertThat(line.path("model").asString()).isEqualTo("fake-model");
    assertThat(line.path("requests").longValue()).isEqualTo(3);
    assertThat(line.path("input_tokens").longValue()).isEqualTo(30);
    assertThat(line.path("input_cached_tokens").longValue()).isEqualTo(5);
    assertThat(line.path("output_tokens").longValue()).isEqualTo(12);
    assertThat(text(line, "amount")).isEqualTo("0.000054");
    assertThat(text(line.path("prices"), "cached_input")).isEqualTo("0.5");

    Answer csv = get(tenant, INVOICES + "/" + id + "/csv");
    assertThat(csv.header("content-type")).startsWith("text/csv");
    assertThat(csv.header("content-disposition")).contains(".csv\"");
    String[] rows = csv.text().split("\r\n");
    assertThat(rows).hasSize(1 + 1 + 6);
    assertThat(rows[0]).startsWith("invoice,month,kind,project_id,project,model");
    assertThat(rows[1])
        .contains(",usage,")
        .contains(",\"'=SUM(A1), \"\"me\"\"\",fake-model,1,3,30,5,12,3,0.000054,usd");
    assertThat(rows[7]).endsWith(",amount_due,,,,,,,,,,0,usd");
  }

  @Test
  void theMonthThatRunsIsADraft() {
    Answer answer =
        server.post(
            "/v1/completions",
            tenant.key(),
            "{\"model\": \"fake-model\", \"prompt\": \"abcde\", \"max_tokens\": 10}");
    server.usage(answer.header("x-request-id"));

    JsonNode draft = get(tenant, INVOICES + "/draft").json();

    assertThat(draft.path("status").asString()).isEqualTo("draft");
    assertThat(draft.path("id").isNull()).isTrue();
    assertThat(draft.path("month").asString()).isEqualTo(now.toString());
    amounts(draft, "3.999952", "0", "0", "0.000025", "3.999927", "0");
    assertThat(draft.path("lines").size()).isEqualTo(1);
    assertThat(get(tenant, INVOICES + "/draft/csv").text()).contains("draft," + now + ",usage,");
  }

  @Test
  void anotherTenantsInvoiceIsNotThere() {
    String id = invoices().get(0).path("id").asString();
    assertThat(get(idle, INVOICES + "/" + id).status()).isEqualTo(404);
    assertThat(get(idle, INVOICES + "/" + id + "/csv").status()).isEqualTo(404);
  }
}
