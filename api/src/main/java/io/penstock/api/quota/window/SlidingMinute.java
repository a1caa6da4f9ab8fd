package io.penstock.api.quota.window;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What happened in the last minute, in slices of a second. Whatever is within 60 seconds of an
 * event is within 60 seconds of some instant of its slice, so the sum over the slice that runs and
 * the 60 before it bounds every interval of 60 seconds that ends in it, wherever that begins. The
 * price is that an event counts for up to a second longer than it must.
 *
 * <p>Time never goes back: a second before the latest counts as the latest. So the clock that says
 * the seconds may jump without the limit being passed. Not thread-safe.
 */
public final class SlidingMinute {
  /** The slice that runs and 60 whole ones. */
  public static final int SLICES = 61;

  private final long[] slices;
  private long head;
  private long sum;

  /** Nothing has happened. */
  public SlidingMinute() {
    this(new long[SLICES], 0, 0);
  }

  private SlidingMinute(long[] slices, long head, long sum) {
    this.slices = slices;
    this.head = head;
    this.sum = sum;
  }

  SlidingMinute copy() {
    return new SlidingMinute(slices.clone(), head, sum);
  }

  /** From what {@link #bytes} made; an empty array is an empty minute. */
  public static SlidingMinute of(byte[] bytes) {
    SlidingMinute minute = new SlidingMinute();
    if (bytes.length > 0) {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      minute.head = Varint.read(in);
      while (in.hasRemaining()) {
        long second = minute.head - Varint.read(in);
        long amount = Varint.read(in);
        minute.slices[index(second)] = amount;
        minute.sum += amount;
      }
    }
    return minute;
  }

  /** The latest second, then age and amount of each slice that has any. */
  public byte[] bytes() {
    if (sum == 0) {
      return new byte[0];
    }
    int used = 0;
    for (long amount : slices) {
      used += amount == 0 ? 0 : 1;
    }
    ByteBuffer out = ByteBuffer.allocate(Varint.LONGEST + used * (1 + Varint.LONGEST));
    Varint.write(out, head);
    for (int age = 0; age < SLICES; age++) {
      long amount = slices[index(head - age)];
      if (amount != 0) {
        Varint.write(out, age); // below 128: a byte
        Varint.write(out, amount);
      }
    }
    return Arrays.copyOf(out.array(), out.position());
  }

  /** Lets time go on to a second; what is older than a minute then is forgotten. */
  public void advance(long second) {
    if (second - head >= SLICES) {
      Arrays.fill(slices, 0);
      sum = 0;
      head = second;
    }
    while (head < second) {
      head++;
      sum -= slices[index(head)];
      slices[index(head)] = 0;
    }
  }

  /** At a second, or the latest one if that is later. */
  public void add(long second, long amount) {
    advance(second);
    slices[index(head)] += amount;
    sum += amount;
  }

  /**
   * Takes an amount back that was added at a second. What is older than a minute by now has left by
   * itself.
   */
  public void takeBack(long second, long amount) {
    if (second <= head - SLICES || second > head) {
      return;
    }
    long taken = Math.min(amount, slices[index(second)]);
    slices[index(second)] -= taken;
    sum -= taken;
  }

  /** What counts at the latest second. */
  public long sum() {
    return sum;
  }

  /** The latest second. */
  public long head() {
    return head;
  }

  /**
   * The first second in which no more than {@code most} counts, if nothing is added meanwhile.
   *
   * @param most at least 0
   */
  public long secondOfAtMost(long most) {
    long left = sum;
    for (int age = SLICES - 1; age >= 0 && left > most; age--) {
      long second = head - age;
      left -= slices[index(second)];
      if (left <= most) {
        return second + SLICES;
      }
    }
    return head;
  }

  private static int index(long second) {
    return (int) Math.floorMod(second, (long) SLICES);
  }
}
