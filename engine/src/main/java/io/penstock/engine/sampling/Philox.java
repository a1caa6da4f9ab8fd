package io.penstock.engine.sampling;

/**
 * Philox4x32-10, a counter-based generator (Salmon et al., "Parallel Random Numbers: As Easy as 1,
 * 2, 3", SC 2011). It has no state: the number for a token follows from the request's seed and the
 * token's place alone, so it cannot depend on what else is in the batch.
 */
final class Philox {
  private static final int ROUNDS = 10;
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final double TO_UNIT = 0x1p-53;

  private Philox() {}

  /** A number in [0, 1) with 53 random bits. */
  static double uniform(long seed, int choice, int position) {
    int[] words = block(position, choice, 0, 0, (int) seed, (int) (seed >>> 32));
    return (((words[0] & 0xFFFFFFFFL) << 21) ^ ((words[1] & 0xFFFFFFFFL) >>> 11)) * TO_UNIT;
  }

  /** The four words of one counter (c0..c3) under one key (k0, k1). */
  static int[] block(int c0, int c1, int c2, int c3, int k0, int k1) {
    for (int round = 0; round < ROUNDS; round++) {
      long p0 = MULTIPLIER_0 * (c0 & 0xFFFFFFFFL);
      long p1 = MULTIPLIER_1 * (c2 & 0xFFFFFFFFL);
      int n0 = (int) (p1 >>> 32) ^ c1 ^ k0;
      int n2 = (int) (p0 >>> 32) ^ c3 ^ k1;
      c1 = (int) p1;
      c3 = (int) p0;
      c0 = n0;
      c2 = n2;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    return new int[] {c0, c1, c2, c3};
  }
}
