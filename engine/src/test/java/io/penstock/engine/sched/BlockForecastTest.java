package io.penstock.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BlockForecastTest {
  private final BlockForecast forecast = new BlockForecast();

  @Test
  void allMayGrowUntilTheFirstEnds() {
    forecast.add(5, 2);
    assertThat(forecast.tryAdd(5, 2, 9)).isFalse();
    assertThat(forecast.tryAdd(5, 2, 10)).isTrue();
    assertThat(forecast.tryAdd(1, 1, 8)).isFalse();
    assertThat(forecast.tryAdd(1, 1, 9)).isTrue(); // the two need ten, and have its one then
  }

  @Test
  void whatEndedIsThereForTheOthers() {
    forecast.add(1, 10);
    assertThat(forecast.tryAdd(12, 0, 2)).isTrue();
    forecast.clear();
    forecast.add(1, 9);
    assertThat(forecast.tryAdd(12, 0, 2)).isFalse();
  }

  /** Against a simulation, token by token, of sequences that begin at a block's end. */
  @Test
  void agreesWithASimulation() {
    Random random = new Random(1);
    int admitted = 0;
    for (int round = 0; round < 2000; round++) {
      forecast.clear();
      List<int[]> all = new ArrayList<>();
      int free = random.nextInt(40);
      for (int i = 0; i < 1 + random.nextInt(6); i++) {
        int[] one = {random.nextInt(9), random.nextInt(6)};
        all.add(one);
        if (i > 0) {
          forecast.add(one[0], one[1]);
        }
      }
      boolean lasts = simulate(all, free);
      assertThat(forecast.tryAdd(all.getFirst()[0], all.getFirst()[1], free)).isEqualTo(lasts);
      admitted += lasts ? 1 : 0;
    }
    assertThat(admitted).isBetween(500, 1900);
  }

  /** Each round everybody takes a block, after those whose growth is over have gone. */
  private static boolean simulate(List<int[]> all, int free) {
    List<int[]> alive = new ArrayList<>(all);
    int left = free;
    for (int round = 1; !alive.isEmpty(); round++) {
      for (int[] one : List.copyOf(alive)) {
        if (one[0] < round) {
          left += one[1] + one[0];
          alive.remove(one);
        }
      }
      left -= alive.size();
      if (left < 0) {
        return false;
      }
    }
    return true;
  }
}
