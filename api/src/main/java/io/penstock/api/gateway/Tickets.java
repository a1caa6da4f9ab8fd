package io.penstock.api.gateway;

import java.util.ArrayList;
import java.util.List;

/**
 * The tickets of a request on its way to the engine. Whatever happens meanwhile (a port refuses,
 * the client leaves), each ticket is either taken by the generation or released, once.
 */
final class Tickets {
  private final long askedNanos;
  private List<AdmissionPort.Ticket> tickets = new ArrayList<>();

  /**
   * @param askedNanos when they were asked for, by the monotonic clock
   */
  Tickets(long askedNanos) {
    this.askedNanos = askedNanos;
  }

  long askedNanos() {
    return askedNanos;
  }

  void add(AdmissionPort.Ticket ticket) {
    synchronized (this) {
      if (tickets != null) {
        tickets.add(ticket);
        return;
      }
    }
    ticket.release();
  }

  /** All of them, which the caller now answers for; null when they were released. */
  synchronized List<AdmissionPort.Ticket> take() {
    List<AdmissionPort.Ticket> taken = tickets;
    tickets = null;
    return taken;
  }

  /** Releases them, unless they were taken. */
  void release() {
    List<AdmissionPort.Ticket> taken = take();
    if (taken != null) {
      taken.forEach(AdmissionPort.Ticket::release);
    }
  }
}
