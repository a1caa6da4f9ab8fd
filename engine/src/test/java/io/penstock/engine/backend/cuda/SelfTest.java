package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.driver.CudaDevice;
import io.penstock.engine.backend.cuda.driver.CudaException;
import io.penstock.engine.backend.cuda.driver.CudaModule;
import io.penstock.engine.backend.cuda.driver.CudaUnavailableException;
import io.penstock.engine.backend.cuda.driver.KernelFunction;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs every check of the CUDA packages on a machine that has a GPU and a Java runtime and nothing
 * else. Prints one line for each, goes on after failures; exit code 1 if one failed, 2 without a
 * usable GPU.
 *
 * <p>Arguments: {@code --file-gb N} (size of the uploaded file, 2; 0 leaves it out), {@code
 * --device N}, {@code --keep-context} (leaves the last check out, which loses the context).
 */
public final class SelfTest {
  private int failed;

  private SelfTest() {}

  public static void main(String[] args) {
    long fileBytes = 2L << 30;
    int ordinal = 0;
    boolean loseContext = true;
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--file-gb" -> fileBytes = Long.parseLong(args[++i]) << 30;
        case "--device" -> ordinal = Integer.parseInt(args[++i]);
        case "--keep-context" -> loseContext = false;
        default -> throw new IllegalArgumentException(args[i]);
      }
    }
    System.exit(new SelfTest().run(ordinal, fileBytes, loseContext));
  }

  private int run(int ordinal, long fileBytes, boolean loseContext) {
    GpuFixture gpu;
    long begin = System.nanoTime();
    try {
      gpu = new GpuFixture(ordinal);
    } catch (CudaUnavailableException e) {
      System.out.println("NO GPU: " + e.getMessage());
      return 2;
    }
    System.out.printf("opened in %.0f ms: %s%n", (System.nanoTime() - begin) / 1e6, gpu.device);
    checks(gpu, fileBytes).forEach(this::attempt);
    if (loseContext) {
      attempt(
          new GpuCheck("a kernel's bad access loses the context, and all ends", () -> lose(gpu)));
    }
    gpu.close();
    System.out.println(failed == 0 ? "ALL PASSED" : failed + " FAILED");
    return failed == 0 ? 0 : 1;
  }

  static List<GpuCheck> checks(GpuFixture gpu, long fileBytes) {
    List<GpuCheck> checks = new ArrayList<>();
    checks.addAll(new DriverChecks(gpu).all());
    checks.addAll(new GemmChecks(gpu).all());
    checks.addAll(new UploadChecks(gpu, fileBytes).all());
    checks.addAll(new CostChecks(gpu).all());
    return checks;
  }

  private void attempt(GpuCheck check) {
    long begin = System.nanoTime();
    String verdict = "PASS";
    String found;
    try {
      found = check.body().run();
    } catch (Exception | AssertionError e) {
      verdict = "FAIL";
      failed++;
      StackTraceElement[] trace = e.getStackTrace();
      found = e + (trace.length > 0 ? " at " + trace[0] : "");
    }
    System.out.printf(
        "%s %s (%.0f ms)%s%n",
        verdict,
        check.name(),
        (System.nanoTime() - begin) / 1e6,
        found.isEmpty() ? "" : ": " + found);
  }

  private static String lose(GpuFixture gpu) {
    CudaModule module = CudaModule.load(gpu.device, TestKernels.module(false));
    KernelFunction mix = module.function(TestKernels.MIX);
    CudaException e =
        GpuCheck.failure(
            CudaException.class,
            () -> {
              gpu.launcher.launch(mix, gpu.stream, 1, 1, 1, 32, 0, false, 0x10L, 0x10L, 32, 1f, 1L);
              gpu.stream.synchronize();
            });
    GpuCheck.require(e.contextLost(), "not told: %s", e.getMessage());
    CudaDevice device = gpu.device;
    device.abandon();
    module.close();
    return e.getMessage();
  }
}
