package io.penstock.bench.stream;

import java.util.List;

/**
 * What one load process does.
 *
 * @param warmUpMillis time before the window
 * @param windowMillis time in which figures count; afterwards requests that run are awaited
 * @param file where the record goes
 */
public record StreamSettings(
    int port,
    String key,
    String model,
    int streams,
    int promptTokens,
    int maxTokens,
    int vocab,
    int warmUpMillis,
    int windowMillis,
    int seed,
    String file) {

  List<String> arguments() {
    return List.of(
        "" + port,
        key,
        model,
        "" + streams,
        "" + promptTokens,
        "" + maxTokens,
        "" + vocab,
        "" + warmUpMillis,
        "" + windowMillis,
        "" + seed,
        file);
  }

  static StreamSettings parse(String[] a) {
    return new StreamSettings(
        Integer.parseInt(a[0]),
        a[1],
        a[2],
        Integer.parseInt(a[3]),
        Integer.parseInt(a[4]),
        Integer.parseInt(a[5]),
        Integer.parseInt(a[6]),
        Integer.parseInt(a[7]),
        Integer.parseInt(a[8]),
        Integer.parseInt(a[9]),
        a[10]);
  }

  /** The same for a part of the streams. */
  StreamSettings part(int streams, int seed, String file) {
    return new StreamSettings(
        port,
        key,
        model,
        streams,
        promptTokens,
        maxTokens,
        vocab,
        warmUpMillis,
        windowMillis,
        seed,
        file);
  }
}
