package io.penstock.api.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.platform.error.OpenAiError;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunningBudgetsTest {
  private final RunningBudgets budgets = new RunningBudgets();

  private static final class Counter implements BudgetLease {
    private final String code;
    private int left;

    Counter(String code, int left) {
      this.code = code;
      this.left = left;
    }

    @Override
    public boolean tryTake(int tokens) {
      if (tokens > left) {
        return false;
      }
      left -= tokens;
      return true;
    }

    @Override
    public void giveBack(int tokens) {
      left += tokens;
    }

    @Override
    public OpenAiError.Body ended() {
      return new OpenAiError.Body("It is used up.", "insufficient_quota", null, code);
    }
  }

  @Test
  void everyLeaseMustAllowAToken() {
    Counter large = new Counter("large", 5);
    Counter small = new Counter("small", 2);
    budgets.open("r", List.of(large, small));

    assertThat(budgets.tryTake("t", "r", 1)).isTrue();
    assertThat(budgets.tryTake("t", "r", 1)).isTrue();
    assertThat(budgets.ended("r")).isNull();
    assertThat(budgets.tryTake("t", "r", 1)).isFalse();

    assertThat(budgets.ended("r").code()).isEqualTo("small");
    assertThat(large.left).as("what the other refused is not taken").isEqualTo(3);
    budgets.giveBack("t", "r", 1);
    assertThat(large.left).isEqualTo(4);
    assertThat(small.left).isEqualTo(1);
  }

  @Test
  void withoutALeaseThereIsNoLimit() {
    budgets.open("free", List.of());
    assertThat(budgets.tryTake("t", "free", 1_000_000)).isTrue();

    budgets.open("r", List.of(new Counter("none", 0)));
    assertThat(budgets.tryTake("t", "r", 1)).isFalse();
    budgets.close("r");
    assertThat(budgets.ended("r")).isNull();
    assertThat(budgets.tryTake("t", "r", 1)).isTrue();
  }
}
