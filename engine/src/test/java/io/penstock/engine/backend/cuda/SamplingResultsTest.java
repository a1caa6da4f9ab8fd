package io.penstock.engine.backend.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.backend.SampledRows;
import io.penstock.engine.backend.SamplingRow;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

class SamplingResultsTest {
  private final SamplingResults results = new SamplingResults(5);

  @Test
  void theRegionHoldsIdsThenRecords() {
    assertThat(results.recordsOffset()).isEqualTo(32);
    assertThat(results.bytes()).isEqualTo(32 + 5 * 168);
    assertThat(new SamplingResults(4).recordsOffset()).isEqualTo(16);
  }

  @Test
  void copiesNoMoreThanWasAskedFor() {
    SamplingRow plain = SamplingRows.greedy();
    SamplingRow wants = SamplingRows.greedy(3);
    assertThat(results.bytesFor(List.of(plain, plain, plain))).isEqualTo(12);
    assertThat(results.bytesFor(List.of(plain, wants, plain))).isEqualTo(32 + 2 * 168);
    assertThat(results.bytesFor(List.of(wants))).isEqualTo(32 + 168);
    assertThat(results.bytesFor(List.of())).isZero();
  }

  @Test
  void readsWhatTheKernelsWrote() {
    long offset = 64;
    MemorySegment region = Arena.ofAuto().allocate(offset + results.bytes(), 16);
    int[] tokens = {17, 4, -1, 9};
    MemorySegment.copy(tokens, 0, region, JAVA_INT, offset, 4);
    record(region, offset + 32 + 168, -0.25f, 2);
    record(region, offset + 32 + 2 * 168, Float.NaN, 2); // of a row that has no token
    record(region, offset + 32 + 3 * 168, -1.5f, 0);

    SampledRows read =
        results.read(
            List.of(
                SamplingRows.greedy(),
                SamplingRows.greedy(2),
                SamplingRows.greedy(2),
                SamplingRows.greedy(0)),
            region,
            offset);

    assertThat(read.tokens()).containsExactly(tokens);
    assertThat(read.logprobs()).containsExactly(Double.NaN, -0.25, Double.NaN, -1.5);
    assertThat(read.topIds()[0]).isEmpty();
    assertThat(read.topIds()[1]).containsExactly(100, 101);
    assertThat(read.topLogprobs()[1]).containsExactly(-0.5, -1.5);
    assertThat(read.topIds()[2]).isEmpty();
    assertThat(read.topLogprobs()[2]).isEmpty();
    assertThat(read.topIds()[3]).isEmpty();
  }

  private static void record(MemorySegment region, long at, float logprob, int tops) {
    region.set(JAVA_FLOAT, at, logprob);
    region.set(JAVA_INT, at + 4, tops);
    for (int i = 0; i < tops; i++) {
      region.set(JAVA_INT, at + 8 + 4L * i, 100 + i);
      region.set(JAVA_FLOAT, at + 88 + 4L * i, -0.5f - i);
    }
  }
}
