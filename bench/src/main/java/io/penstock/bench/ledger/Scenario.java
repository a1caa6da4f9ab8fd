package io.penstock.bench.ledger;

import io.penstock.bench.Report;

/** One of the things that the ledger must show. */
interface Scenario {
  String name();

  void run(Report report) throws Exception;
}
