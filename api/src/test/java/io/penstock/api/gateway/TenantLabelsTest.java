package io.penstock.api.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TenantLabelsTest {
  private final List<String> dropped = new ArrayList<>();
  private final TenantLabels labels = new TenantLabels(2, dropped::add);

  @Test
  void whoUsesMostHasALabel() {
    assertThat(labels.of("a", 10)).isEqualTo("a");
    assertThat(labels.of("b", 30)).isEqualTo("b");
    assertThat(labels.of("c", 19)).isEqualTo(TenantLabels.OTHERS);
    assertThat(labels.of("c", 2)).isEqualTo("c"); // 21: more than twice a's
    assertThat(dropped).containsExactly("a");
    assertThat(labels.of("a", 10)).isEqualTo(TenantLabels.OTHERS); // 20 against 21
    assertThat(labels.of("b", 1)).isEqualTo("b");
    assertThat(labels.of("a", 23)).isEqualTo("a"); // what it used before is known
    assertThat(dropped).containsExactly("a", "c");
  }

  @Test
  void whatWasUsedLongAgoCountsLess() {
    labels.of("a", 1000);
    labels.of("b", 1e9);
    for (int i = 0; i < 4 * TenantLabels.HALVED_AFTER; i++) {
      labels.of("b", 1);
    }
    assertThat(labels.of("c", 200)).isEqualTo("c"); // a's 1,000 have become 63
  }

  @Test
  void manyTenantsHaveFewLabels() {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      seen.add(labels.of("t" + i, 1));
    }
    assertThat(seen).containsExactlyInAnyOrder("t0", "t1", TenantLabels.OTHERS);
    assertThat(new TenantLabels(0, dropped::add).of("a", 5)).isEqualTo(TenantLabels.OTHERS);
  }
}
