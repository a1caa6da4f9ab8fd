package io.penstock.api.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.api.testing.TestDatabase;
import io.penstock.api.testing.TestServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.r2dbc.core.DatabaseClient;

class LedgerCheckTest {
  private static TestServer server;

  @BeforeAll
  static void start() {
    server = TestServer.withFakeEngineOn(TestDatabase.newDatabase().toArray(String[]::new));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static void sql(String sql) {
    server.bean(DatabaseClient.class).sql(sql).then().block();
  }

  private static long number(String sql) {
    return server
        .bean(DatabaseClient.class)
        .sql(sql)
        .map(row -> row.get(0, Long.class))
        .one()
        .block();
  }

  private static int check(String query) {
    return server.get("/admin/ledger/check" + query, TestServer.ADMIN_KEY).status();
  }

  /** An entry from balance to usage, so many months ago, with the balances that follow. */
  private static void entry(int monthsAgo, long amount) {
    String at = "date_trunc('month', now()) - interval '%d months' + interval '1 day'";
    sql("select ledger_partition((%s)::date)".formatted(at.formatted(monthsAgo)));
    sql(
        """
        insert into ledger_entries (created_at, kind, request_id, tenant_id, debit, credit, amount)
        select %s, 'usage', gen_random_uuid()::text, b.tenant_id, b.id, u.id, %d
        from accounts b join accounts u on u.tenant_id = b.tenant_id and u.kind = 'usage'
        where b.kind = 'balance' limit 1
        """
            .formatted(at.formatted(monthsAgo), amount));
    sql(
        """
        update accounts set balance = balance + case kind when 'usage' then %d else -%d end
        where kind in ('usage', 'balance')
        """
            .formatted(amount, amount));
  }

  @Test
  void monthsThatAreOverAreSummedUpOnce() {
    entry(3, 70);
    entry(2, 30);
    entry(0, 5);
    sql(
        "update ledger_closed set until = (date_trunc('month', now()) - interval '3 months')::date");
    assertThat(check("")).isEqualTo(200);
    assertThat(number("select count(distinct month) from ledger_months")).isEqualTo(2);
    assertThat(number("select sum(sum)::bigint from ledger_months where sum > 0")).isEqualTo(100);
    assertThat(check("?all=true")).isEqualTo(200);
    assertThatThrownBy(() -> sql("update ledger_months set sum = 0"))
        .hasStackTraceContaining("append-only");

    entry(0, 8);
    assertThat(check("")).as("later entries count").isEqualTo(200);
    assertThat(number("select count(*) from ledger_months")).isEqualTo(4);

    sql("update accounts set balance = balance + 1 where kind = 'usage'");
    assertThat(check("")).isEqualTo(500);
    assertThat(check("?all=true")).isEqualTo(500);
    sql("update accounts set balance = balance - 1 where kind = 'usage'");
    assertThat(check("")).isEqualTo(200);
  }
}
