package io.penstock.engine.backend.cuda;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.penstock.engine.backend.cuda.driver.CudaUnavailableException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What {@link SelfTest} checks, one test each; skipped with the reason where there is no GPU. */
class GpuTest {
  private static GpuFixture gpu;
  private static String whyNone;

  @BeforeAll
  static void open() {
    try {
      gpu = new GpuFixture(0);
    } catch (CudaUnavailableException e) {
      whyNone = e.getMessage();
    }
  }

  @AfterAll
  static void close() {
    if (gpu != null) {
      gpu.close();
    }
  }

  @TestFactory
  Stream<DynamicTest> checks() {
    if (gpu == null) { // one test, so that the report counts something as skipped
      return Stream.of(dynamicTest("on a GPU", () -> abort(whyNone)));
    }
    return SelfTest.checks(gpu, 0).stream()
        .map(
            check ->
                dynamicTest(
                    check.name(),
                    () -> {
                      gpu.device.makeCurrent();
                      check.body().run();
                    }));
  }
}
