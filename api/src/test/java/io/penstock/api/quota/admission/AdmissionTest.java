package io.penstock.api.quota.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.limits.LimitScope;
import io.penstock.api.quota.price.Price;
import io.penstock.api.quota.window.Amounts;
import io.penstock.api.quota.window.Counter;
import io.penstock.api.quota.window.Moment;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private static final Moment NOON = at("2026-11-27T12:00:00.500Z");

  /** One micro-unit a token. */
  private static final Price PRICE =
      new Price("m", 1, Instant.EPOCH, 1_000_000, 1_000_000, 1_000_000, 0, 0);

  private final Counter organization = new Counter(1);
  private final Counter key = new Counter(2);
  private final Counter[] counters = {organization, key};

  private static Moment at(String time) {
    return Moment.of(Instant.parse(time), ZoneOffset.UTC);
  }

  private static Bound bound(LimitKind kind, long value) {
    return new Bound(LimitScope.ORGANIZATION, "", kind, value, false, 0);
  }

  private static Bound ofKey(LimitKind kind, long value) {
    return new Bound(LimitScope.KEY, "", kind, value, false, 1);
  }

  private static Bound partial(LimitKind kind, long value) {
    return new Bound(LimitScope.ORGANIZATION, "", kind, value, true, 0);
  }

  private static Demand demand(long prompt, long output) {
    return new Demand(prompt, output, 1, PRICE);
  }

  private Verdict decide(Demand demand, Moment now, Bound... bounds) {
    return Admission.decide(demand, List.of(bounds), counters, now);
  }

  private static Verdict.Refused refused(Verdict verdict) {
    assertThat(verdict).isInstanceOf(Verdict.Refused.class);
    return (Verdict.Refused) verdict;
  }

  private static Verdict.Granted granted(Verdict verdict) {
    assertThat(verdict).isInstanceOf(Verdict.Granted.class);
    return (Verdict.Granted) verdict;
  }

  @Test
  void withoutLimitsAllIsHeldOnEveryCounter() {
    Verdict.Granted granted = granted(decide(demand(10, 90), NOON));
    assertThat(granted.output()).isEqualTo(90);
    assertThat(granted.hold()).isEqualTo(new Amounts(100, 90, 100));
    assertThat(organization.held()).isEqualTo(granted.hold());
    assertThat(key.held()).isEqualTo(granted.hold());
    assertThat(key.running()).isEqualTo(1);
  }

  @Test
  void exactlyTheLimitFitsAndNotOneMore() {
    Bound tokens = bound(LimitKind.TOKENS_PER_MINUTE, 200);
    granted(decide(demand(10, 90), NOON, tokens));
    granted(decide(demand(10, 90), NOON, tokens));
    Verdict.Refused refused = refused(decide(demand(1, 1), NOON, tokens));
    assertThat(refused.bound()).isEqualTo(tokens);
    assertThat(refused.used()).isEqualTo(200);
    assertThat(refused.requested()).isEqualTo(2);
    assertThat(refused.heldOnly()).isTrue();
    assertThat(refused.retryAfter()).isEqualTo(Duration.ofSeconds(1));
    assertThat(organization.running()).as("a refusal changes nothing").isEqualTo(2);
  }

  @Test
  void usedTokensLeaveAMinuteAfterTheirSecond() {
    Bound tokens = bound(LimitKind.TOKENS_PER_MINUTE, 100);
    Amounts hold = granted(decide(demand(10, 90), NOON, tokens)).hold();
    for (Counter counter : counters) {
      counter.settle(NOON, hold, new Amounts(60, 50, 60));
    }
    Verdict.Refused refused = refused(decide(demand(1, 40), NOON, tokens));
    assertThat(refused.used()).isEqualTo(60);
    assertThat(refused.heldOnly()).isFalse();
    assertThat(refused.retryAfter()).isEqualTo(Duration.ofMillis(60_500));
    refused(decide(demand(1, 40), at("2026-11-27T12:01:00.999Z"), tokens));
    granted(decide(demand(1, 40), at("2026-11-27T12:01:01Z"), tokens));
  }

  @Test
  void requestsCountWhenTheyBegin() {
    Bound requests = bound(LimitKind.REQUESTS_PER_MINUTE, 2);
    granted(decide(demand(1, 1), NOON, requests));
    granted(decide(demand(1, 1), at("2026-11-27T12:00:30Z"), requests));
    Verdict.Refused refused = refused(decide(demand(1, 1), at("2026-11-27T12:00:40Z"), requests));
    assertThat(refused.retryAfter()).isEqualTo(Duration.ofSeconds(21));
    assertThat(refused.requested()).isEqualTo(1);
  }

  @Test
  void concurrentRequestsAreThoseThatRun() {
    Bound concurrent = bound(LimitKind.CONCURRENT_REQUESTS, 1);
    Amounts hold = granted(decide(demand(1, 1), NOON, concurrent)).hold();
    refused(decide(demand(1, 1), NOON, concurrent));
    for (Counter counter : counters) {
      counter.settle(NOON, hold, Amounts.NONE);
    }
    granted(decide(demand(1, 1), NOON, concurrent));
  }

  @Test
  void aBudgetResetsWithTheCalendar() {
    Bound spend = bound(LimitKind.SPEND_PER_MONTH, 100);
    Amounts hold = granted(decide(demand(10, 90), NOON, spend)).hold();
    for (Counter counter : counters) {
      counter.settle(NOON, hold, hold);
    }
    Verdict.Refused refused = refused(decide(demand(1, 1), NOON, spend));
    assertThat(refused.heldOnly()).isFalse();
    assertThat(refused.resets()).isEqualTo("2026-12-01T00:00:00Z");
    assertThat(refused.retryAfter())
        .isEqualTo(Duration.between(Instant.ofEpochMilli(NOON.millis()), refused.resets()));
    granted(decide(demand(1, 1), at("2026-12-01T00:00:00Z"), spend));
  }

  @Test
  void whatCanNeverFitHasNoTimeToComeAgain() {
    Verdict.Refused refused =
        refused(decide(demand(50, 51), NOON, bound(LimitKind.TOKENS_PER_MINUTE, 100)));
    assertThat(refused.retryAfter()).isNull();
    assertThat(refused.requested()).isEqualTo(101);
  }

  @Test
  void theRefusalThatLastsLongestIsTold() {
    organization.book(NOON, new Amounts(100, 90, 100));
    key.book(NOON, new Amounts(100, 90, 100));
    Bound minute = bound(LimitKind.TOKENS_PER_MINUTE, 100);
    Bound day = ofKey(LimitKind.TOKENS_PER_DAY, 101);
    assertThat(refused(decide(demand(1, 1), NOON, minute, day)).bound()).isEqualTo(day);
    assertThat(refused(decide(demand(1, 1), NOON, day, minute)).bound()).isEqualTo(day);
    Bound never = bound(LimitKind.TOKENS_PER_DAY, 1);
    assertThat(refused(decide(demand(1, 1), NOON, day, never, minute)).bound()).isEqualTo(never);
  }

  @Test
  void aPartialLimitGrantsWhatIsLeft() {
    Bound output = partial(LimitKind.OUTPUT_TOKENS_PER_MINUTE, 10);
    Verdict.Granted granted = granted(decide(demand(5, 25), NOON, output));
    assertThat(granted.output()).isEqualTo(10);
    assertThat(granted.ends()).isEqualTo(output);
    assertThat(granted.usedThen()).isEqualTo(10);
    assertThat(granted.hold()).isEqualTo(new Amounts(15, 10, 15));
    refused(decide(demand(5, 1), NOON, output));
  }

  @Test
  void aPartialBudgetOfMoneyIsFilledToTheLastUnit() {
    Bound spend = partial(LimitKind.SPEND_PER_DAY, 57);
    assertThat(granted(decide(demand(7, 500), NOON, spend)).output()).isEqualTo(50);
    assertThat(organization.held().money()).isEqualTo(57);
  }

  @Test
  void eachChoiceNeedsAToken() {
    Bound output = partial(LimitKind.OUTPUT_TOKENS_PER_MINUTE, 3);
    refused(Admission.decide(new Demand(1, 40, 4, PRICE), List.of(output), counters, NOON));
    assertThat(
            granted(Admission.decide(new Demand(1, 30, 3, PRICE), List.of(output), counters, NOON))
                .output())
        .isEqualTo(3);
  }

  @Test
  void aFullLimitCountsForTheSmallerOutputThatAnotherAllows() {
    Bound output = partial(LimitKind.OUTPUT_TOKENS_PER_MINUTE, 10);
    Bound tokens = bound(LimitKind.TOKENS_PER_MINUTE, 20);
    assertThat(granted(decide(demand(10, 500), NOON, output, tokens)).output()).isEqualTo(10);
  }

  @Test
  void creditIsTheBalanceLessWhatRunningRequestsHold() {
    organization.balance(150);
    Bound prepaid = bound(LimitKind.CREDIT, 0);
    granted(decide(demand(50, 50), NOON, prepaid));
    Verdict.Refused held = refused(decide(demand(50, 50), NOON, prepaid));
    assertThat(held.heldOnly()).isTrue();
    granted(decide(demand(25, 25), NOON, prepaid));
    Counter empty = new Counter(3);
    Verdict.Refused exhausted =
        refused(Admission.decide(demand(1, 1), List.of(prepaid), new Counter[] {empty, key}, NOON));
    assertThat(exhausted.heldOnly()).isFalse();
    assertThat(exhausted.retryAfter()).isNull();
  }
}
