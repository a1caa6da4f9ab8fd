package io.penstock.api.quota.ledger;

import java.util.UUID;

/** Others hold this server for dead and have settled its requests: it may admit none as itself. */
final class FencedException extends Exception {
  private final transient UUID dead;

  /**
   * @param dead as whom it is held for dead
   */
  FencedException(UUID dead) {
    super("this server was declared dead by another", null, false, false);
    this.dead = dead;
  }

  UUID dead() {
    return dead;
  }
}
