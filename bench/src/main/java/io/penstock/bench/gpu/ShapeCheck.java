package io.penstock.bench.gpu;

import io.penstock.bench.Report;
import io.penstock.bench.model.ModelShape;
import io.penstock.engine.boot.EngineOptions;
import io.penstock.engine.boot.EngineOptions.BackendChoice;
import io.penstock.engine.boot.ModelLogits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;

/**
 * Random models of every architecture, the device against the CPU engine in float32, which the
 * tests hold to transformers. Needs nothing but this program, so it runs everywhere.
 */
final class ShapeCheck {
  private static final int[] LENGTHS = {1, 2, 15, 16, 17, 63, 129, 257, 700};
  private static final int LONGEST = 700;
  private static final double MOST_ERROR = 2e-2;

  private final Session session;
  private final Report report;

  ShapeCheck(Session session, Report report) {
    this.session = session;
    this.report = report;
  }

  void run() throws IOException {
    for (ModelShape shape : SmallShapes.ALL) {
      check(shape);
    }
  }

  private void check(ModelShape shape) throws IOException {
    Path folder = session.smallModel(shape);
    EngineOptions device = session.settings().engine(folder, 0, 1, LONGEST);
    EngineOptions host = GpuSettings.on(BackendChoice.CPU, device);
    SplittableRandom random = new SplittableRandom(LONGEST);
    Agreement agreement = new Agreement();
    try (ModelLogits actual = new ModelLogits(device, 1, LONGEST, LONGEST);
        ModelLogits expected = new ModelLogits(host, 1, LONGEST, LONGEST)) {
      for (int length : LENGTHS) {
        int[] prompt = random.ints(length, 0, shape.vocab()).toArray();
        float[][] rows = actual.sequence(0, prompt, LONGEST);
        float[][] references = expected.sequence(0, prompt, LONGEST);
        for (int i = 0; i < length; i++) {
          agreement.add(rows[i], references[i]);
        }
      }
    }
    String what = "%s (%s) against float32 on the CPU".formatted(shape.name(), shape.dtype());
    agreement.report(report, "shape." + shape.name(), what, MOST_ERROR);
  }
}
