package io.penstock.api.quota.admission;

import java.time.Duration;

/**
 * Durations as OpenAI's rate-limit headers have them: {@code 12ms}, {@code 1.574s}, {@code 6m0s}.
 */
final class Durations {
  private Durations() {}

  static String text(Duration duration) {
    long millis = Math.max(0, duration.toMillis());
    if (millis < 1000) {
      return millis + "ms";
    }
    long minutes = millis / 60_000;
    StringBuilder text = new StringBuilder();
    if (minutes >= 60) {
      text.append(minutes / 60).append('h');
    }
    if (minutes > 0) {
      text.append(minutes % 60).append('m');
    }
    return text.append(seconds(millis % 60_000)).append('s').toString();
  }

  private static String seconds(long millis) {
    long fraction = millis % 1000;
    return fraction == 0
        ? Long.toString(millis / 1000)
        : (millis / 1000 + "." + String.format("%03d", fraction)).replaceFirst("0+$", "");
  }
}
