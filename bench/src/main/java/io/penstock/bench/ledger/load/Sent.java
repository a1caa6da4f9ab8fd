package io.penstock.bench.ledger.load;

/**
 * What became of one request. Times are nanoseconds since the load process began to send; 0 for
 * what never happened.
 *
 * @param requestId as the server named it, or empty
 * @param port of the server
 * @param status HTTP status; 0 when there was no answer
 * @param code error code of a refusal or of an error in the stream, or empty
 * @param retryAfter whether a refusal said when to come again
 * @param tokens that the client received
 * @param end how the answer ended
 * @param due when it should have been sent
 * @param sent when it was
 * @param first when the first token came
 * @param last when the last token came
 * @param ended when the answer ended
 * @param gap longest time between two events with tokens
 */
public record Sent(
    String requestId,
    int port,
    int status,
    String code,
    boolean retryAfter,
    int tokens,
    End end,
    long due,
    long sent,
    long first,
    long last,
    long ended,
    long gap) {

  /** How an answer ended. */
  public enum End {
    /** With everything, [DONE] included. */
    WHOLE,
    /** The client left on purpose. */
    LEFT,
    /** Refused before the stream began. */
    REFUSED,
    /** An error stood in the stream. */
    ERROR,
    /** The connection broke. */
    BROKEN
  }

  /** A request that found no connection. */
  static Sent unconnected(int port, long start, long due) {
    long now = System.nanoTime() - start;
    return new Sent("", port, 0, "connect", false, 0, End.BROKEN, due - start, now, 0, 0, now, 0);
  }

  /** Milliseconds from when it was due to its end. */
  public double millis() {
    return (ended - due) / 1e6;
  }

  /** Milliseconds from when it was sent to its end: without the generator's own delay. */
  public double sentMillis() {
    return (ended - sent) / 1e6;
  }

  /** Milliseconds from when it was due to the first token. */
  public double firstMillis() {
    return (first - due) / 1e6;
  }

  String line() {
    return String.join(
        "\t",
        requestId,
        "" + port,
        "" + status,
        code,
        "" + retryAfter,
        "" + tokens,
        end.name(),
        "" + due,
        "" + sent,
        "" + first,
        "" + last,
        "" + ended,
        "" + gap);
  }

  static Sent parse(String line) {
    String[] f = line.split("\t", -1);
    return new Sent(
        f[0],
        Integer.parseInt(f[1]),
        Integer.parseInt(f[2]),
        f[3],
        Boolean.parseBoolean(f[4]),
        Integer.parseInt(f[5]),
        End.valueOf(f[6]),
        Long.parseLong(f[7]),
        Long.parseLong(f[8]),
        Long.parseLong(f[9]),
        Long.parseLong(f[10]),
        Long.parseLong(f[11]),
        Long.parseLong(f[12]));
  }
}
