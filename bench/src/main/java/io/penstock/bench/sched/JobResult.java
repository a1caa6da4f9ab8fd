package io.penstock.bench.sched;

/** What became of a job. Times are nanoseconds of the simulation's clock. */
final class JobResult {
  final Job job;
  long firstTokenNanos = -1;
  long lastTokenNanos = -1;
  int tokens;

  /** Tokens of its prompt that were there when it began; -1 before. */
  int cached = -1;

  double computeNanos;

  /** Why it was not served; null when it was, or will be. */
  String refused;

  /** Whether a step has computed something for it. */
  boolean begun;

  /** Most tokens of it that have been in the cache. */
  int furthest;

  JobResult(Job job) {
    this.job = job;
  }

  boolean hasFirstToken() {
    return firstTokenNanos >= 0;
  }

  double firstTokenMillis() {
    return (firstTokenNanos - job.arrivalNanos()) / 1e6;
  }
}
