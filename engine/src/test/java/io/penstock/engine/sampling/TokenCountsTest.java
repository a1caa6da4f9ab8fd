package io.penstock.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class TokenCountsTest {

  @Property(tries = 200)
  void countsAsAMapDoes(@ForAll @Size(max = 500) List<@IntRange(max = 300_000) Integer> ids) {
    TokenCounts counts = new TokenCounts();
    Map<Integer, Integer> expected = new HashMap<>();
    for (int id : ids) {
      if (id % 3 == 0) {
        counts.see(id);
        expected.putIfAbsent(id, 0);
      } else {
        counts.add(id);
        expected.merge(id, 1, Integer::sum);
      }
    }
    Map<Integer, Integer> actual = new HashMap<>();
    counts.forEach(actual::put);
    assertThat(actual).isEqualTo(expected);
  }
}
