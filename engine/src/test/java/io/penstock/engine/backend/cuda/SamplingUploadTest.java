package io.penstock.engine.backend.cuda;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.backend.SamplingRow;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class SamplingUploadTest {
  private static final int VOCAB = 100;
  private static final byte UNTOUCHED = 0x5A;

  private static MemorySegment region(long bytes) {
    MemorySegment region = Arena.ofAuto().allocate(bytes, 16);
    return region.fill(UNTOUCHED);
  }

  /** A list's words, as the kernel finds them. */
  private static int[] words(MemorySegment region, long field, int wordsEach) {
    int start = region.get(JAVA_INT, field);
    int count = region.get(JAVA_INT, field + 4) * wordsEach;
    assertThat(start % 2).isZero();
    return region.asSlice(4L * start, 4L * count).toArray(JAVA_INT);
  }

  @Test
  void everyFieldStandsWhereTheKernelReadsIt() {
    int[] allowed = {0x12345678, -1, 7, 0xF};
    List<SamplingRow> rows =
        List.of(SamplingRows.greedy(), SamplingRows.full(3, allowed), SamplingRows.full(1, null));
    long bytes = SamplingUpload.bytes(rows, VOCAB);
    MemorySegment region = region(bytes);

    assertThat(SamplingUpload.pack(rows, VOCAB, region, 0)).isEqualTo(bytes);

    assertThat(region.get(JAVA_INT, 0)).isEqualTo(3);
    long greedy = 16;
    assertThat(region.get(JAVA_INT, greedy + SamplingUpload.FLAGS)).isEqualTo(1);
    assertThat(region.get(JAVA_FLOAT, greedy + SamplingUpload.INVERSE_TEMPERATURE)).isEqualTo(1);
    assertThat(region.get(JAVA_INT, greedy + SamplingUpload.MASK)).isEqualTo(-1);
    long full = 16 + 96;
    assertThat(region.get(JAVA_INT, full + SamplingUpload.FLAGS)).isEqualTo(2 + 4 + 8 + 16);
    assertThat(region.get(JAVA_FLOAT, full + SamplingUpload.INVERSE_TEMPERATURE)).isEqualTo(2);
    assertThat(region.get(JAVA_FLOAT, full + SamplingUpload.MIN_P)).isEqualTo(0.05f);
    assertThat(region.get(JAVA_INT, full + SamplingUpload.TOP_K)).isEqualTo(40);
    assertThat(region.get(JAVA_DOUBLE, full + SamplingUpload.TOP_P)).isEqualTo(0.9);
    assertThat(region.get(JAVA_DOUBLE, full + SamplingUpload.PRESENCE)).isEqualTo(-0.5);
    assertThat(region.get(JAVA_DOUBLE, full + SamplingUpload.FREQUENCY)).isEqualTo(0.75);
    assertThat(region.get(JAVA_FLOAT, full + SamplingUpload.REPETITION)).isEqualTo(1.25f);
    assertThat(region.get(JAVA_INT, full + SamplingUpload.TOP_LOGPROBS)).isEqualTo(20);
    assertThat(region.get(JAVA_LONG, full + SamplingUpload.SEED)).isEqualTo(0x1122334455667788L);
    assertThat(region.get(JAVA_INT, full + SamplingUpload.CHOICE)).isEqualTo(3);
    assertThat(region.get(JAVA_INT, full + SamplingUpload.POSITION)).isEqualTo(1000);
    assertThat(words(region, full + SamplingUpload.BIAS, 2))
        .containsExactly(
            1,
            Float.floatToIntBits(0.5f),
            4,
            Float.floatToIntBits(1.5f),
            7,
            Float.floatToIntBits(2.5f));
    assertThat(words(region, full + SamplingUpload.SUPPRESSED, 1)).containsExactly(1, 4, 7);
    assertThat(words(region, full + SamplingUpload.COUNTS, 2)).containsExactly(1, 0, 4, 10, 7, 20);
    int mask = region.get(JAVA_INT, full + SamplingUpload.MASK);
    assertThat(region.asSlice(4L * mask, 16).toArray(JAVA_INT)).isEqualTo(allowed);
    assertThat(words(region, full + 96 + SamplingUpload.SUPPRESSED, 1)).containsExactly(1);
  }

  @Property(tries = 100)
  void writesWhatItAnnouncedAndNothingElse(
      @ForAll @Size(min = 1, max = 8) List<@IntRange(max = 9) Integer> lengths,
      @ForAll @IntRange(max = 3) int sixteens) {
    List<SamplingRow> rows = new ArrayList<>();
    for (int length : lengths) {
      rows.add(SamplingRows.full(length, length % 3 == 0 ? new int[4] : null));
    }
    long bytes = SamplingUpload.bytes(rows, VOCAB);
    long offset = 16L * (1 + sixteens);
    MemorySegment region = region(offset + bytes + 32);

    assertThat(SamplingUpload.pack(rows, VOCAB, region, offset)).isEqualTo(bytes);

    assertThat(region.asSlice(0, offset).toArray(JAVA_BYTE)).containsOnly(UNTOUCHED);
    assertThat(region.asSlice(offset + bytes).toArray(JAVA_BYTE)).containsOnly(UNTOUCHED);
    long end = SamplingUpload.bytes(rows.size());
    MemorySegment packed = region.asSlice(offset);
    for (int r = 0; r < rows.size(); r++) {
      long row = 16 + 96L * r;
      assertThat(words(packed, row + SamplingUpload.BIAS, 2)).hasSize(2 * lengths.get(r));
      assertThat(4L * packed.get(JAVA_INT, row + SamplingUpload.BIAS)).isEqualTo(end);
      end += SamplingUpload.bytes(rows.subList(r, r + 1), VOCAB) - SamplingUpload.bytes(1);
    }
  }

  @Test
  void cutsOffNothingWhereTopKCoversTheVocabulary() {
    MemorySegment region = region(1024);
    SamplingRow row = SamplingRows.full(0, null); // top-k 40
    SamplingUpload.pack(List.of(row), 40, region, 0);
    assertThat(region.get(JAVA_INT, 16 + SamplingUpload.TOP_K)).isZero();
    SamplingUpload.pack(List.of(row), 41, region, 0);
    assertThat(region.get(JAVA_INT, 16 + SamplingUpload.TOP_K)).isEqualTo(40);
  }

  @Test
  void extremeTemperaturesHaveFiniteInverses() {
    MemorySegment region = region(1024);
    SamplingUpload.pack(
        List.of(
            SamplingRows.plain(Double.MIN_VALUE, false, 0), SamplingRows.plain(1e300, false, 0)),
        VOCAB,
        region,
        0);
    assertThat(region.get(JAVA_FLOAT, 16)).isEqualTo(Float.MAX_VALUE);
    assertThat(region.get(JAVA_FLOAT, 16 + 96)).isEqualTo(Float.MIN_NORMAL);
  }

  @Test
  void theRegionBeginsAtSixteenBytes() {
    assertThatThrownBy(() -> SamplingUpload.pack(List.of(), VOCAB, region(64), 8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("16 bytes");
  }

  /** The structure and the flags that the kernels are compiled with are those written here. */
  @Test
  void agreesWithTheKernelsHeader() throws IOException {
    String header = Files.readString(Path.of("../kernels/include/sample_layout.cuh"));

    assertThat(offsets(header, "SampleRow"))
        .containsEntry("inverse_temperature", SamplingUpload.INVERSE_TEMPERATURE)
        .containsEntry("min_p", SamplingUpload.MIN_P)
        .containsEntry("top_k", SamplingUpload.TOP_K)
        .containsEntry("flags", SamplingUpload.FLAGS)
        .containsEntry("top_p", SamplingUpload.TOP_P)
        .containsEntry("presence", SamplingUpload.PRESENCE)
        .containsEntry("frequency", SamplingUpload.FREQUENCY)
        .containsEntry("repetition", SamplingUpload.REPETITION)
        .containsEntry("top_logprobs", SamplingUpload.TOP_LOGPROBS)
        .containsEntry("seed", SamplingUpload.SEED)
        .containsEntry("choice", SamplingUpload.CHOICE)
        .containsEntry("position", SamplingUpload.POSITION)
        .containsEntry("bias_start", SamplingUpload.BIAS)
        .containsEntry("bias_count", SamplingUpload.BIAS + 4)
        .containsEntry("suppressed_start", SamplingUpload.SUPPRESSED)
        .containsEntry("count_start", SamplingUpload.COUNTS)
        .containsEntry("mask_start", SamplingUpload.MASK)
        .containsEntry("sizeof", SamplingUpload.ROW_BYTES);
    assertThat(offsets(header, "SampleRecord"))
        .containsEntry("top_count", 4)
        .containsEntry("top_ids", 8)
        .containsEntry("top_logprobs", 88)
        .containsEntry("sizeof", SamplingResults.RECORD_BYTES);
    assertThat(constant(header, "kGreedy")).isEqualTo(SamplingUpload.GREEDY);
    assertThat(constant(header, "kLogprobs")).isEqualTo(SamplingUpload.LOGPROBS);
    assertThat(constant(header, "kAdjusts")).isEqualTo(SamplingUpload.ADJUSTS);
    assertThat(constant(header, "kPenalties")).isEqualTo(SamplingUpload.PENALTIES);
    assertThat(constant(header, "kAddInput")).isEqualTo(SamplingUpload.ADD_INPUT);
    assertThat(constant(header, "kMaxTop")).isEqualTo(SamplingResults.MAX_TOP);
    assertThat(constant(header, "kMaxVocab")).isEqualTo(SamplingPlan.MAX_VOCAB);
    String rows = Files.readString(Path.of("../kernels/src/sample_rows.cu"));
    assertThat(constant(rows, "kSharedBytes")).isEqualTo(SamplingPlan.ROWS_SHARED_BYTES);
  }

  private static int constant(String source, String name) {
    Matcher matcher = Pattern.compile("constexpr \\w+ " + name + " = (\\d+);").matcher(source);
    assertThat(matcher.find()).as(name).isTrue();
    return Integer.parseInt(matcher.group(1));
  }

  /** Offsets of a structure's fields, by the rules of C for these types. */
  private static Map<String, Integer> offsets(String header, String struct) {
    Matcher body =
        Pattern.compile(
                "struct (?:__align__\\(16\\) )?" + struct + " \\{(.*?)\\n};", Pattern.DOTALL)
            .matcher(header);
    assertThat(body.find()).as(struct).isTrue();
    Map<String, Integer> offsets = new LinkedHashMap<>();
    Matcher field =
        Pattern.compile("^\\s+(\\w+) (\\w+)(?:\\[(\\w+)])?;", Pattern.MULTILINE)
            .matcher(body.group(1));
    int at = 0;
    while (field.find()) {
      int size = field.group(1).equals("double") ? 8 : 4;
      String length = field.group(3);
      int elements = length == null ? 1 : length.equals("kMaxTop") ? 20 : Integer.parseInt(length);
      at = (at + size - 1) / size * size;
      offsets.put(field.group(2), at);
      at += size * elements;
    }
    offsets.put("sizeof", at);
    return offsets;
  }
}
