/** Which tokens the next step computes: pure and deterministic, without threads or clocks. */
package io.penstock.engine.sched;
