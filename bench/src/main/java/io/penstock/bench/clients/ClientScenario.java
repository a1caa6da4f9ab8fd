package io.penstock.bench.clients;

import io.penstock.bench.Report;

/** One of the things that clients must find. */
interface ClientScenario {
  String name();

  void run(Report report) throws Exception;
}
