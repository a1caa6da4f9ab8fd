package io.penstock.engine.sched;

/** Work of requests that wait: what an estimate of the wait behind them needs. */
final class WaitingWork {
  int requests;
  long promptTokens;
  long outputTokens; // as many as are expected

  void add(Sequence sequence) {
    change(sequence, 1);
  }

  void remove(Sequence sequence) {
    change(sequence, -1);
  }

  void add(WaitingWork other) {
    requests += other.requests;
    promptTokens += other.promptTokens;
    outputTokens += other.outputTokens;
  }

  void subtract(WaitingWork other) {
    requests -= other.requests;
    promptTokens -= other.promptTokens;
    outputTokens -= other.outputTokens;
  }

  private void change(Sequence sequence, int sign) {
    requests += sign;
    promptTokens += sign * sequence.request.allPromptTokens();
    outputTokens += sign * sequence.expectedOutput;
  }

  /** A part of it. */
  WaitingWork times(double share) {
    WaitingWork part = new WaitingWork();
    part.requests = (int) Math.ceil(requests * share);
    part.promptTokens = (long) (promptTokens * share);
    part.outputTokens = (long) (outputTokens * share);
    return part;
  }
}
