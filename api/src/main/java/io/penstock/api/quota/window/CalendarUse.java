package io.penstock.api.quota.window;

/**
 * What was used in a day or a month of the calendar. The window is known by the epoch day of its
 * first day; a later one begins at zero, an earlier one is never returned to, so that a changed
 * time zone or clock cannot open a window twice. Not thread-safe.
 */
public final class CalendarUse {
  private long start;
  private long requests;
  private long tokens;
  private long money;

  /** Before any window. */
  public CalendarUse() {
    this(0, 0, 0, 0);
  }

  public CalendarUse(long start, long requests, long tokens, long money) {
    this.start = start;
    this.requests = requests;
    this.tokens = tokens;
    this.money = money;
  }

  CalendarUse copy() {
    return new CalendarUse(start, requests, tokens, money);
  }

  /** Begins the window, unless it or a later one has begun. */
  public void advance(long windowStart) {
    if (windowStart > start) {
      start = windowStart;
      requests = 0;
      tokens = 0;
      money = 0;
    }
  }

  void addRequest() {
    requests++;
  }

  /** Takes back a request that was counted in the window that began on that day. */
  void takeBackRequest(long windowStart) {
    if (windowStart == start && requests > 0) {
      requests--;
    }
  }

  void add(Amounts used) {
    tokens += used.tokens();
    money += used.money();
  }

  public long start() {
    return start;
  }

  public long requests() {
    return requests;
  }

  public long tokens() {
    return tokens;
  }

  public long money() {
    return money;
  }
}
