package io.penstock.engine.backend.cuda;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.penstock.engine.backend.SamplingRow;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Packs what the sampling kernels need to know of a step's rows into one region, so that one copy
 * takes it to the device. The layout is that of {@code kernels/include/sample_layout.cuh}:
 *
 * <pre>
 * header  16 bytes         number of rows
 * rows    96 bytes each    parameters; for each list its first word and its length
 * tail    4-byte words     bias (id, value), suppressed ids, counts (id, times), masks
 * </pre>
 *
 * A list's first word counts from the beginning of the region; lists begin at even words, because
 * the kernels read pairs. On the device the lists of random rows are scratch: they do not survive a
 * launch.
 */
final class SamplingUpload {
  static final int HEADER_BYTES = 16;
  static final int ROW_BYTES = 96;
  static final int ALIGNMENT = 16;

  static final int GREEDY = 1;
  static final int LOGPROBS = 2;
  static final int ADJUSTS = 4;
  static final int PENALTIES = 8;
  static final int ADD_INPUT = 16;

  static final int INVERSE_TEMPERATURE = 0;
  static final int MIN_P = 4;
  static final int TOP_K = 8;
  static final int FLAGS = 12;
  static final int TOP_P = 16;
  static final int PRESENCE = 24;
  static final int FREQUENCY = 32;
  static final int REPETITION = 40;
  static final int TOP_LOGPROBS = 44;
  static final int SEED = 48;
  static final int CHOICE = 56;
  static final int POSITION = 60;
  static final int BIAS = 64; // first word, length
  static final int SUPPRESSED = 72;
  static final int COUNTS = 80;
  static final int MASK = 88; // first word, or -1

  private final MemorySegment region;
  private final int vocab;
  private long end; // bytes

  private SamplingUpload(MemorySegment region, int vocab) {
    this.region = region;
    this.vocab = vocab;
  }

  /** Bytes that a region without any list needs. */
  static long bytes(int rows) {
    return HEADER_BYTES + (long) ROW_BYTES * rows;
  }

  /** Bytes that {@link #pack} writes for these rows. */
  static long bytes(List<SamplingRow> rows, int vocab) {
    long words = 0;
    for (SamplingRow row : rows) {
      words += even(2L * row.biasIds().length);
      words += even(row.suppressedIds().length);
      words += even(2L * row.countIds().length);
      words += row.allowed() == null ? 0 : even(maskWords(vocab));
    }
    return bytes(rows.size()) + words * Integer.BYTES;
  }

  /**
   * Writes the rows to {@code to} from {@code offset} on, a multiple of {@link #ALIGNMENT}.
   *
   * @return the bytes written
   */
  static long pack(List<SamplingRow> rows, int vocab, MemorySegment to, long offset) {
    if (offset % ALIGNMENT != 0) {
      throw new IllegalArgumentException("the region must begin at 16 bytes, not at " + offset);
    }
    SamplingUpload upload = new SamplingUpload(to.asSlice(offset), vocab);
    upload.header(rows.size());
    for (int r = 0; r < rows.size(); r++) {
      upload.row(rows.get(r), HEADER_BYTES + (long) ROW_BYTES * r);
    }
    return upload.end;
  }

  private void header(int rows) {
    region.asSlice(0, HEADER_BYTES).fill((byte) 0);
    region.set(JAVA_INT, 0, rows);
    end = bytes(rows);
  }

  private void row(SamplingRow row, long at) {
    double inverse = row.isGreedy() ? 1 : 1 / row.temperature();
    // Neither 0 nor infinite: 0 * infinity is not a number.
    inverse = Math.clamp(inverse, Float.MIN_NORMAL, Float.MAX_VALUE);
    region.set(JAVA_FLOAT, at + INVERSE_TEMPERATURE, (float) inverse);
    region.set(JAVA_FLOAT, at + MIN_P, (float) row.minP());
    // As many as there are tokens cut off none; the kernel knows that only of 0.
    region.set(JAVA_INT, at + TOP_K, row.topK() >= vocab ? 0 : row.topK());
    region.set(JAVA_INT, at + FLAGS, flags(row));
    region.set(JAVA_DOUBLE, at + TOP_P, row.topP());
    region.set(JAVA_DOUBLE, at + PRESENCE, row.presencePenalty());
    region.set(JAVA_DOUBLE, at + FREQUENCY, row.frequencyPenalty());
    region.set(JAVA_FLOAT, at + REPETITION, (float) row.repetitionPenalty());
    region.set(JAVA_INT, at + TOP_LOGPROBS, row.topLogprobs());
    region.set(JAVA_INT, at + SEED, (int) row.seed());
    region.set(JAVA_INT, at + SEED + 4, (int) (row.seed() >>> 32));
    region.set(JAVA_INT, at + CHOICE, row.choice());
    region.set(JAVA_INT, at + POSITION, row.position());
    list(at + BIAS, row.biasIds().length);
    for (int i = 0; i < row.biasIds().length; i++) {
      put(row.biasIds()[i]);
      put(Float.floatToRawIntBits(row.biases()[i]));
    }
    list(at + SUPPRESSED, row.suppressedIds().length);
    put(row.suppressedIds(), row.suppressedIds().length);
    list(at + COUNTS, row.countIds().length);
    for (int i = 0; i < row.countIds().length; i++) {
      put(row.countIds()[i]);
      put(row.counts()[i]);
    }
    list(at + MASK, 0); // its length follows from the vocabulary
    if (row.allowed() == null) {
      region.set(JAVA_INT, at + MASK, -1);
    } else {
      put(row.allowed(), maskWords(vocab));
    }
    align();
  }

  private static int flags(SamplingRow row) {
    return (row.isGreedy() ? GREEDY : 0)
        | (row.logprobs() ? LOGPROBS : 0)
        | (row.adjusts() ? ADJUSTS : 0)
        | (row.hasPenalties() ? PENALTIES : 0)
        | (row.hasPenalties() && row.addInput() ? ADD_INPUT : 0);
  }

  private void list(long field, int length) {
    align();
    region.set(JAVA_INT, field, Math.toIntExact(end / Integer.BYTES));
    region.set(JAVA_INT, field + 4, length);
  }

  private void align() {
    if (end % 8 != 0) {
      put(0);
    }
  }

  private void put(int word) {
    region.set(JAVA_INT, end, word);
    end += Integer.BYTES;
  }

  private void put(int[] words, int count) {
    MemorySegment.copy(words, 0, region, JAVA_INT, end, count);
    end += (long) count * Integer.BYTES;
  }

  private static int maskWords(int vocab) {
    return (vocab + 31) / 32;
  }

  private static long even(long words) {
    return words + words % 2;
  }
}
