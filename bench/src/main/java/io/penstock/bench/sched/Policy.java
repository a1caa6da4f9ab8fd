package io.penstock.bench.sched;

import io.penstock.engine.sched.SchedulingPolicy;

/** The policies that are compared, all by the same scheduler. */
enum Policy {
  FCFS("by arrival", SchedulingPolicy.FCFS),
  PRIORITY("by priority, as vLLM", SchedulingPolicy.PRIORITY),
  VTC("virtual token counters alone", SchedulingPolicy.VTC),
  OURS("ours", SchedulingPolicy.FAIR);

  final String text;
  final SchedulingPolicy policy;

  Policy(String text, SchedulingPolicy policy) {
    this.text = text;
    this.policy = policy;
  }

  String item() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
