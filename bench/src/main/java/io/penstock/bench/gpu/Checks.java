package io.penstock.bench.gpu;

import io.penstock.bench.Report;
import io.penstock.bench.model.ModelShape;
import java.io.IOException;
import java.util.List;

/** Whether the engine computes what the models say. */
final class Checks {
  static final List<Workload> WORKLOADS =
      List.of(
          new Workload("check", "models", "writing small models", Checks::models),
          new Workload(
              "check",
              "references",
              "logits against Hugging Face transformers",
              (session, report) -> new ReferenceCheck(session, report).run()),
          new Workload(
              "check",
              "shapes",
              "logits of every architecture against the CPU",
              (session, report) -> new ShapeCheck(session, report).run()),
          new Workload(
              "check",
              "smollm2",
              "SmolLM2 against its reference",
              (session, report) -> new SmolLm2Check(session, report).run()),
          new Workload(
              "check",
              "paths",
              "whole, chunked, shared and single-token computation",
              (session, report) -> new PathCheck(session, report).run()),
          new Workload(
              "check",
              "arrivals",
              "requests that arrive at random against the same ones alone",
              (session, report) -> new ArrivalCheck(session, report).run()));

  private Checks() {}

  /** So that references can be made for them before they are checked. */
  private static void models(Session session, Report report) throws IOException {
    for (ModelShape shape : SmallShapes.ALL) {
      session.smallModel(shape);
    }
  }
}
