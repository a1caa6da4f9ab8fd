package io.penstock.api.quota.window;

/**
 * What an organization, a project or a key has used, and what its running requests hold: the state
 * of one row, on which all of a subject's windows are computed. A hold counts in full in every
 * window for as long as its request runs, and what was used in its place from the settlement on, in
 * the windows of that moment. So what is used and held together never grows but by an admission,
 * and a limit that no admission passes is never passed. Not thread-safe.
 */
public final class Counter {
  private final long id;
  private int running;
  private long heldTokens;
  private long heldOutput;
  private long heldMoney;
  private final CalendarUse day;
  private final CalendarUse month;
  private final SlidingMinute requests;
  private final SlidingMinute tokens;
  private final SlidingMinute output;
  private long balance;
  private long state;

  /** Nothing used, nothing held. */
  public Counter(long id) {
    this(
        id,
        0,
        Amounts.NONE,
        new CalendarUse(),
        new CalendarUse(),
        new SlidingMinute(),
        new SlidingMinute(),
        new SlidingMinute());
  }

  public Counter(
      long id,
      int running,
      Amounts held,
      CalendarUse day,
      CalendarUse month,
      SlidingMinute requests,
      SlidingMinute tokens,
      SlidingMinute output) {
    this.id = id;
    this.running = running;
    this.heldTokens = held.tokens();
    this.heldOutput = held.output();
    this.heldMoney = held.money();
    this.day = day;
    this.month = month;
    this.requests = requests;
    this.tokens = tokens;
    this.output = output;
  }

  /** The same, to be changed on its own. */
  public Counter copy() {
    Counter copy =
        new Counter(
            id,
            running,
            held(),
            day.copy(),
            month.copy(),
            requests.copy(),
            tokens.copy(),
            output.copy());
    copy.balance = balance;
    copy.state = state;
    return copy;
  }

  /** Lets time go on. */
  public void advance(Moment now) {
    day.advance(now.day());
    month.advance(now.month());
    requests.advance(now.second());
    tokens.advance(now.second());
    output.advance(now.second());
  }

  /** A request begins; limits are not checked here. */
  public void admit(Moment now, Amounts hold) {
    advance(now);
    running++;
    hold(hold, 1);
    requests.add(now.second(), 1);
    day.addRequest();
    month.addRequest();
  }

  /** A request has ended: what it held is free, what it used counts from now on. */
  public void settle(Moment now, Amounts hold, Amounts used) {
    running--;
    hold(hold, -1);
    book(now, used);
  }

  /** Counts what was used without a hold. */
  public void book(Moment now, Amounts used) {
    advance(now);
    tokens.add(now.second(), used.tokens());
    output.add(now.second(), used.output());
    day.add(used);
    month.add(used);
  }

  /** A request has never reached an engine: as if it had not been admitted at that moment. */
  public void release(Moment admitted, Amounts hold) {
    running--;
    hold(hold, -1);
    requests.takeBack(admitted.second(), 1);
    day.takeBackRequest(admitted.day());
    month.takeBackRequest(admitted.month());
  }

  private void hold(Amounts amounts, int sign) {
    heldTokens += sign * amounts.tokens();
    heldOutput += sign * amounts.output();
    heldMoney += sign * amounts.money();
  }

  public long id() {
    return id;
  }

  /** Requests that are admitted and have not ended. */
  public int running() {
    return running;
  }

  public Amounts held() {
    return new Amounts(heldTokens, heldOutput, heldMoney);
  }

  public CalendarUse day() {
    return day;
  }

  public CalendarUse month() {
    return month;
  }

  public SlidingMinute requests() {
    return requests;
  }

  public SlidingMinute tokens() {
    return tokens;
  }

  public SlidingMinute output() {
    return output;
  }

  /** Of an organization's account, micro-units; read for those whose credit is limited. */
  public long balance() {
    return balance;
  }

  public void balance(long micros) {
    balance = micros;
  }

  /** By which the row's state is known that this was read from or written to. */
  public long state() {
    return state;
  }

  public void state(long known) {
    state = known;
  }
}
