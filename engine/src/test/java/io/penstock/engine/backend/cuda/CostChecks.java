package io.penstock.engine.backend.cuda;

import static io.penstock.engine.backend.cuda.GpuCheck.require;
import static io.penstock.engine.backend.cuda.GpuCheck.text;

import io.penstock.engine.backend.cuda.driver.Copies;
import io.penstock.engine.backend.cuda.driver.CudaEvent;
import io.penstock.engine.backend.cuda.driver.CudaGraph;
import io.penstock.engine.backend.cuda.driver.CudaModule;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import io.penstock.engine.backend.cuda.driver.KernelFunction;
import io.penstock.engine.backend.cuda.driver.PinnedMemory;
import io.penstock.engine.backend.cuda.nvml.Nvml;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/** What calls cost this thread, how late a wait notices, and what NVML tells. */
final class CostChecks {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final GpuFixture gpu;

  CostChecks(GpuFixture gpu) {
    this.gpu = gpu;
  }

  List<GpuCheck> all() {
    return List.of(
        new GpuCheck("calls are cheap", this::calls),
        new GpuCheck("the end of a step is noticed soon", this::notice),
        new GpuCheck("host copies run at the link's speed", this::link),
        new GpuCheck("NVML tells memory, utilisation and power", this::nvml));
  }

  private String calls() {
    boolean dependent = gpu.device.computeCapability().atLeast(9, 0);
    try (CudaModule module = CudaModule.load(gpu.device, TestKernels.module(dependent));
        DeviceMemory a = gpu.upload(new float[64]);
        PinnedMemory host = PinnedMemory.allocate(4096);
        CudaEvent event = CudaEvent.create(gpu.device)) {
      KernelFunction mix = module.function(TestKernels.MIX);
      Runnable launch =
          () ->
              gpu.launcher.launch(
                  mix, gpu.stream, 1, 1, 1, 64, 0, false, a.address(), a.address(), 64, 1f, 1L);
      Runnable programmatic =
          () ->
              gpu.launcher.launch(
                  mix, gpu.stream, 1, 1, 1, 64, 0, true, a.address(), a.address(), 64, 1f, 1L);
      StringBuilder found = new StringBuilder();
      found.append(cost("launch", launch)).append(cost("programmatic launch", programmatic));
      found.append(cost("event record", () -> event.record(gpu.stream)));
      event.synchronize(PATIENCE);
      found.append(cost("event query", event::query));
      found.append(
          cost(
              "upload of 256 bytes",
              () -> Copies.hostToDevice(a.address(), host, 0, 256, gpu.stream)));
      found.append(
          cost(
              "download of 256 bytes",
              () -> Copies.deviceToHost(host, 0, a.address(), 256, gpu.stream)));
      try (CudaGraph graph =
          CudaGraph.capture(
              gpu.stream,
              () -> {
                for (int i = 0; i < 200; i++) {
                  programmatic.run();
                }
              })) {
        found.append(cost("launch of a graph of 200", () -> graph.launch(gpu.stream)));
        try (CudaEvent start = CudaEvent.create(gpu.device)) {
          start.record(gpu.stream);
          graph.launch(gpu.stream);
          event.record(gpu.stream);
          event.synchronize(PATIENCE);
          found.append(text("; on the GPU %.2f us a kernel", event.elapsedMillis(start) * 5));
        }
      }
      return found.substring(2);
    }
  }

  /** Median of short bursts: a longer one fills the queue, and then the call waits for the GPU. */
  private String cost(String what, Runnable call) {
    double[] micros = new double[60];
    for (int burst = 0; burst < micros.length; burst++) {
      gpu.stream.synchronize();
      long begin = System.nanoTime();
      for (int i = 0; i < 50; i++) {
        call.run();
      }
      micros[burst] = (System.nanoTime() - begin) / 50e3;
    }
    gpu.stream.synchronize();
    Arrays.sort(micros, micros.length / 2, micros.length);
    return text("; %s %.2f us", what, micros[micros.length * 3 / 4]);
  }

  private String notice() {
    try (CudaModule module = CudaModule.load(gpu.device, TestKernels.module(false));
        CudaEvent event = CudaEvent.createUntimed(gpu.device)) {
      KernelFunction dawdle = module.function(TestKernels.DAWDLE);
      StringBuilder found = new StringBuilder();
      for (long nanos : new long[] {30_000, 200_000, 5_000_000}) {
        double[] late = new double[21];
        for (int i = 0; i < late.length; i++) {
          long begin = System.nanoTime();
          gpu.launcher.launch(dawdle, gpu.stream, 1, 1, 1, 1, 0, false, nanos);
          event.record(gpu.stream);
          event.synchronize(PATIENCE);
          late[i] = (System.nanoTime() - begin - nanos) / 1e3;
        }
        Arrays.sort(late);
        found.append(
            text(
                "; %d us of work takes %.0f us more, at worst %.0f",
                nanos / 1000, late[late.length / 2], late[late.length - 1]));
        require(late[late.length / 2] < 1000, "%s", found);
      }
      return found.substring(2);
    }
  }

  private String link() {
    long bytes = 256 << 20;
    try (DeviceMemory a = gpu.allocate(bytes);
        DeviceMemory b = gpu.allocate(bytes);
        PinnedMemory host = PinnedMemory.allocate(bytes);
        CudaEvent start = CudaEvent.create(gpu.device);
        CudaEvent end = CudaEvent.create(gpu.device)) {
      host.segment().fill((byte) 1);
      Runnable[] copies = {
        () -> Copies.hostToDevice(a.address(), host, 0, bytes, gpu.stream),
        () -> Copies.deviceToHost(host, 0, a.address(), bytes, gpu.stream),
        () -> Copies.deviceToDevice(b.address(), a.address(), bytes, gpu.stream)
      };
      double[] rates = new double[copies.length];
      for (int i = 0; i < copies.length; i++) {
        for (int run = 0; run < 3; run++) {
          start.record(gpu.stream);
          copies[i].run();
          end.record(gpu.stream);
          end.synchronize(PATIENCE);
          rates[i] = Math.max(rates[i], bytes / 1e6 / end.elapsedMillis(start));
        }
      }
      return text(
          "to the device %.1f GB/s, back %.1f GB/s, within it %.2f TB/s read plus written",
          rates[0], rates[1], rates[2] * 2 / 1e3);
    }
  }

  private String nvml() {
    try (Nvml nvml = Nvml.open()) {
      var sample = nvml.sample(gpu.device);
      require(sample.isPresent(), "no sample");
      require(sample.get().memoryTotal() >= gpu.device.totalBytes(), "%s", sample.get());
      require(sample.get().powerWatts() > 1, "%s", sample.get());
      long begin = System.nanoTime();
      nvml.sample(gpu.device);
      return text("%s in %.0f us", sample.get(), (System.nanoTime() - begin) / 1e3);
    }
  }
}
