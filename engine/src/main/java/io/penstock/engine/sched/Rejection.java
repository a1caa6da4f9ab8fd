package io.penstock.engine.sched;

/**
 * A request that was accepted and is now given up, before anything was computed for it.
 *
 * @param sequence one of its choices; all of them are gone
 */
public record Rejection(long sequence, Submission.Refused reason) {}
