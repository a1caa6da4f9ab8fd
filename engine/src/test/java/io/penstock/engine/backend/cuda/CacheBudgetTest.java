package io.penstock.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CacheBudgetTest {
  private static final long GIB = 1L << 30;

  @Test
  void theShareLessWhatIsTakenAndReserved() {
    assertThat(new CacheBudget(80 * GIB, 60 * GIB, 16 * GIB, GIB, 0.9).bytes()).isEqualTo(55 * GIB);
  }

  @Test
  void neverMoreThanIsFree() {
    assertThat(new CacheBudget(80 * GIB, 20 * GIB, 16 * GIB, GIB, 0.9).bytes()).isEqualTo(19 * GIB);
  }

  @Test
  void twoEnginesStayWithinTheirShares() {
    CacheBudget first = new CacheBudget(80 * GIB, 70 * GIB, 8 * GIB, GIB, 0.5);
    assertThat(first.bytes()).isEqualTo(31 * GIB);
    CacheBudget second = new CacheBudget(80 * GIB, 30 * GIB, 8 * GIB, GIB, 0.4);
    assertThat(second.bytes()).isEqualTo(23 * GIB);
  }

  @Test
  void nothingLeftIsToldWithItsNumbers() {
    CacheBudget budget = new CacheBudget(16 * GIB, 2 * GIB, 13 * GIB, GIB, 0.5);
    assertThat(budget.bytes()).isNegative();
    assertThat(budget.explain())
        .contains("gpu-memory-utilization 0.50 of 16.00 GiB is 8.00 GiB")
        .contains("take 13.00 GiB")
        .contains("2.00 GiB are free");
  }

  @Test
  void graphsToComeAreReserved() {
    assertThat(CacheBudget.reserve(35)).isGreaterThan(CacheBudget.reserve(0) + 35 * (1L << 20));
  }
}
