package io.penstock.api.quota.ledger;

/** Others hold this server for dead and have settled its requests: it may admit none as itself. */
final class FencedException extends Exception {
  FencedException() {
    super("this server was declared dead by another", null, false, false);
  }
}
