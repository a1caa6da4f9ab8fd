package io.penstock.engine.backend.cuda;

import static io.penstock.engine.backend.cuda.GpuCheck.failure;
import static io.penstock.engine.backend.cuda.GpuCheck.require;
import static io.penstock.engine.backend.cuda.GpuCheck.text;

import io.penstock.engine.backend.cuda.driver.Copies;
import io.penstock.engine.backend.cuda.driver.CudaEvent;
import io.penstock.engine.backend.cuda.driver.CudaException;
import io.penstock.engine.backend.cuda.driver.CudaGraph;
import io.penstock.engine.backend.cuda.driver.CudaModule;
import io.penstock.engine.backend.cuda.driver.CudaTimeoutException;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;
import io.penstock.engine.backend.cuda.driver.DeviceOutOfMemoryException;
import io.penstock.engine.backend.cuda.driver.KernelFunction;
import io.penstock.engine.backend.cuda.driver.PinnedMemory;
import io.penstock.engine.backend.cuda.driver.RegisteredMemory;
import io.penstock.engine.backend.cuda.driver.StridedCopy;
import io.penstock.kernels.KernelModule;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;

/** Module, launch, copies, graphs, events and errors. */
final class DriverChecks {
  private static final int N = 100_003;
  private static final int BLOCK = 128;

  private final GpuFixture gpu;

  DriverChecks(GpuFixture gpu) {
    this.gpu = gpu;
  }

  List<GpuCheck> all() {
    return List.of(
        new GpuCheck("the device is described", this::device),
        new GpuCheck("every documented symbol is in the module", this::symbols),
        new GpuCheck("an unknown symbol is refused", this::unknownSymbol),
        new GpuCheck("arguments of all types reach a kernel, on a 3D grid", this::launch),
        new GpuCheck("a chain of programmatic launches keeps its order", this::programmatic),
        new GpuCheck("dynamic shared memory beyond 48 KiB must be asked for", this::shared),
        new GpuCheck("an impossible launch is refused by name", this::badLaunch),
        new GpuCheck("copies and fills do what they say", this::copies),
        new GpuCheck("rows of every plane go to the host and back, nothing else", this::strided),
        new GpuCheck("a graph replays what was captured, on current data", this::graph),
        new GpuCheck("a capture that fails leaves the stream usable", this::failedCapture),
        new GpuCheck("events order, time and time out", this::events),
        new GpuCheck("too large an allocation tells wanted and free bytes", this::outOfMemory),
        new GpuCheck("closing twice, and after the device's memory, is harmless", this::closing));
  }

  private String device() {
    require(gpu.device.smCount() > 0, "no SMs");
    require(gpu.device.totalBytes() > 1L << 30, "too little memory");
    long free = gpu.device.freeBytes();
    require(free > 0 && free <= gpu.device.totalBytes(), "free %d", free);
    return text(
        "%s, PCI %s, %.1f GiB free, L2 %d MiB, %d bytes of shared memory a block",
        gpu.device,
        gpu.device.pciBusId(),
        free / 0x1p30,
        gpu.device.l2Bytes() >> 20,
        gpu.device.sharedBytesPerBlock());
  }

  private String symbols() {
    KernelModule kernels = KernelModule.load();
    byte[] fatbin =
        kernels.fatbin().orElseThrow(() -> new AssertionError("no fatbin: " + kernels.origin()));
    int spilled = 0;
    StringBuilder notes = new StringBuilder();
    long begin = System.nanoTime();
    try (CudaModule module = CudaModule.load(gpu.device, fatbin)) {
      for (String symbol : new TreeSet<>(kernels.symbols())) {
        KernelFunction function = module.function(symbol);
        require(function.handle() != 0, "%s has no handle", symbol);
        if (function.localBytes() > 0) {
          spilled++;
          notes.append(text("%n      %s: %d bytes of local memory", symbol, function.localBytes()));
        }
      }
    }
    return text(
        "%d symbols in %.0f ms, %d with local memory%s",
        kernels.symbols().size(), (System.nanoTime() - begin) / 1e6, spilled, notes);
  }

  private String unknownSymbol() {
    try (CudaModule module = testModule()) {
      CudaException e = failure(CudaException.class, () -> module.function("absent"));
      require(e.getMessage().contains("absent"), "%s", e.getMessage());
      require(!e.contextLost(), "context lost by a look-up");
      return e.getMessage();
    }
  }

  private String launch() {
    float[] in = ramp();
    try (CudaModule module = testModule();
        DeviceMemory a = gpu.upload(in);
        DeviceMemory b = gpu.allocate(4L * N)) {
      KernelFunction mix = module.function(TestKernels.MIX);
      gpu.poison(b);
      int blocks = (N + BLOCK - 1) / BLOCK;
      long offset = -7_000_000_000L;
      gpu.launcher.launch(
          mix,
          gpu.stream,
          (blocks + 5) / 6,
          3,
          2,
          BLOCK,
          0,
          false,
          b.address(),
          a.address(),
          N,
          0.5f,
          offset);
      float[] out = gpu.floats(b, N);
      for (int i = 0; i < N; i++) {
        float expected = Math.fma(in[i], 0.5f, (float) offset);
        require(out[i] == expected, "element %d is %f, not %f", i, out[i], expected);
      }
      return text("%d registers, %d blocks an SM", mix.registers(), mix.blocksPerSm(BLOCK, 0));
    }
  }

  /** 200 launches on the same vector: one that began too early would lose additions. */
  private String programmatic() {
    try (CudaModule module = testModule();
        DeviceMemory a = gpu.upload(new float[N])) {
      KernelFunction mix = module.function(TestKernels.MIX);
      for (int i = 0; i < 200; i++) {
        mix(mix, a, true);
      }
      float[] out = gpu.floats(a, N);
      for (int i = 0; i < N; i++) {
        require(out[i] == 200, "element %d is %f after 200 additions of 1", i, out[i]);
      }
      return dependent() ? "with grid dependencies" : "no grid dependencies before 9.0";
    }
  }

  private String shared() {
    int bytes = Math.min(96 << 10, gpu.device.sharedBytesPerBlock());
    try (CudaModule module = testModule();
        DeviceMemory a = gpu.upload(new float[N])) {
      KernelFunction mix = module.function(TestKernels.MIX);
      CudaException e =
          failure(
              CudaException.class,
              () ->
                  gpu.launcher.launch(
                      mix,
                      gpu.stream,
                      1,
                      1,
                      1,
                      BLOCK,
                      bytes,
                      false,
                      a.address(),
                      a.address(),
                      N,
                      1f,
                      1L));
      KernelFunction allowed = module.function(TestKernels.MIX, bytes);
      gpu.launcher.launch(
          allowed, gpu.stream, 1, 1, 1, BLOCK, bytes, false, a.address(), a.address(), N, 1f, 1L);
      require(gpu.floats(a, 1)[0] == 1, "the kernel did not run");
      return e.errorName() + " without";
    }
  }

  private String badLaunch() {
    try (CudaModule module = testModule()) {
      KernelFunction mix = module.function(TestKernels.MIX);
      CudaException e =
          failure(
              CudaException.class,
              () ->
                  gpu.launcher.launch(mix, gpu.stream, 1, 1, 1, 2048, 0, true, 0L, 0L, 0, 1f, 1L));
      require(e.getMessage().contains("mix"), "%s", e.getMessage());
      require(!e.contextLost(), "context lost by a refused launch");
      return e.getMessage();
    }
  }

  private String copies() {
    try (DeviceMemory a = gpu.upload(ramp());
        DeviceMemory b = gpu.allocate(4L * N);
        PinnedMemory host = PinnedMemory.allocate(16)) {
      gpu.poison(b);
      require(Float.isNaN(gpu.floats(b, N)[N - 1]), "poison is no NaN");
      Copies.deviceToDevice(b.address() + 4, a.address(), 4L * (N - 1), gpu.stream);
      Copies.memset(b.address(), Float.floatToRawIntBits(2.5f), 1, gpu.stream);
      float[] out = gpu.floats(b, N);
      require(out[0] == 2.5f && out[1] == 0 && out[N - 1] == N - 2, "device copy or fill");
      b.zero(gpu.stream);
      require(gpu.floats(b, N)[N - 1] == 0, "zero");
      host.segment().set(ValueLayout.JAVA_FLOAT, 8, 42f);
      Copies.hostToDevice(b.address() + 12, host, 8, 4, gpu.stream);
      Copies.deviceToHost(host, 0, b.address() + 12, 4, gpu.stream);
      gpu.stream.synchronize();
      require(GpuFixture.first(host) == 42f, "offset copies");
      failure(
          IndexOutOfBoundsException.class,
          () -> Copies.hostToDevice(b.address(), host, 8, 9, gpu.stream));
      return "";
    }
  }

  private String strided() {
    int planes = 3;
    int rows = 50;
    int slots = 20;
    int rowBytes = 4096;
    byte[] content = new byte[planes * rows * rowBytes];
    new Random(7).nextBytes(content);
    long begin = System.nanoTime();
    try (RegisteredMemory host =
            RegisteredMemory.allocate(gpu.device, (long) planes * slots * rowBytes);
        PinnedMemory all = PinnedMemory.allocate(gpu.device, content.length);
        DeviceMemory device = gpu.allocate(content.length)) {
      double millis = (System.nanoTime() - begin) / 1e6;
      all.segment().copyFrom(MemorySegment.ofArray(content));
      Copies.hostToDevice(device.address(), all, 0, content.length, gpu.stream);
      StridedCopy copy = new StridedCopy();
      StridedCopy.Place from = new StridedCopy.Place(device.address() + 31L * rowBytes, rows);
      StridedCopy.Place slot = new StridedCopy.Place(host.address() + 4L * rowBytes, slots);
      copy.deviceToHost(slot, from, rowBytes, 5, planes, gpu.stream);
      gpu.stream.synchronize();
      for (int i = 0; i < planes * slots; i++) {
        byte[] expected = new byte[rowBytes];
        if (i % slots >= 4 && i % slots < 9) {
          int row = i / slots * rows + 31 + i % slots - 4;
          expected = Arrays.copyOfRange(content, row * rowBytes, (row + 1) * rowBytes);
        }
        byte[] actual =
            host.segment().asSlice((long) i * rowBytes, rowBytes).toArray(ValueLayout.JAVA_BYTE);
        require(Arrays.equals(actual, expected), "row %d of the host", i);
      }
      StridedCopy.Place to = new StridedCopy.Place(device.address() + 2L * rowBytes, rows);
      copy.hostToDevice(to, slot, rowBytes, 5, planes, gpu.stream);
      Copies.deviceToHost(all, 0, device.address(), content.length, gpu.stream);
      gpu.stream.synchronize();
      for (int plane = 0; plane < planes; plane++) {
        int row = plane * rows;
        System.arraycopy(
            content, (row + 31) * rowBytes, content, (row + 2) * rowBytes, 5 * rowBytes);
      }
      require(all.segment().mismatch(MemorySegment.ofArray(content)) == -1, "the device's content");
      return text("pinned in %.1f ms", millis);
    }
  }

  private String graph() {
    try (CudaModule module = testModule();
        DeviceMemory a = gpu.upload(new float[N]);
        PinnedMemory host = PinnedMemory.allocate(4)) {
      KernelFunction mix = module.function(TestKernels.MIX);
      try (CudaGraph graph =
          CudaGraph.capture(
              gpu.stream,
              () -> {
                Copies.hostToDevice(a.address(), host, 0, 4, gpu.stream);
                for (int i = 0; i < 10; i++) {
                  mix(mix, a, true);
                }
              })) {
        require(gpu.floats(a, N)[N - 1] == 0, "capturing ran the work");
        for (int run = 1; run <= 3; run++) {
          host.segment().set(ValueLayout.JAVA_FLOAT, 0, 100f * run);
          graph.launch(gpu.stream);
          gpu.stream.synchronize();
        }
        float[] out = gpu.floats(a, N);
        require(out[0] == 310, "first element is %f, not 310", out[0]);
        require(out[N - 1] == 30, "last element is %f, not 30", out[N - 1]);
      }
      return "";
    }
  }

  private String failedCapture() {
    IllegalStateException thrown =
        failure(
            IllegalStateException.class,
            () ->
                CudaGraph.capture(
                    gpu.stream,
                    () -> {
                      throw new IllegalStateException("on purpose");
                    }));
    require(thrown.getMessage().equals("on purpose"), "another failure: %s", thrown);
    CudaException forbidden =
        failure(
            CudaException.class,
            () -> CudaGraph.capture(gpu.stream, () -> gpu.stream.synchronize()));
    require(!forbidden.contextLost(), "context lost");
    gpu.stream.synchronize();
    return forbidden.getMessage();
  }

  private String events() {
    try (CudaModule module = testModule();
        CudaEvent start = CudaEvent.create(gpu.device);
        CudaEvent end = CudaEvent.create(gpu.device)) {
      KernelFunction dawdle = module.function(TestKernels.DAWDLE);
      require(end.query(), "an event never recorded is not done");
      start.record(gpu.stream);
      gpu.launcher.launch(dawdle, gpu.stream, 1, 1, 1, 1, 0, false, 400_000_000L);
      end.record(gpu.stream);
      require(!end.query(), "done before its time");
      long begin = System.nanoTime();
      CudaTimeoutException late =
          failure(CudaTimeoutException.class, () -> end.synchronize(Duration.ofMillis(50)));
      double waited = (System.nanoTime() - begin) / 1e6;
      require(waited < 200, "the timeout of 50 ms took %f ms", waited);
      end.synchronize(Duration.ofSeconds(10));
      float millis = end.elapsedMillis(start);
      require(millis > 399 && millis < 600, "%f ms", millis);
      return text("%.2f ms of 400; %s", millis, late.getMessage());
    }
  }

  private String outOfMemory() {
    long wanted = 16L << 40;
    DeviceOutOfMemoryException e =
        failure(DeviceOutOfMemoryException.class, () -> gpu.allocate(wanted));
    require(e.wantedBytes() == wanted && e.freeBytes() > 0, "%s", e);
    gpu.allocate(1 << 20).close();
    return e.getMessage();
  }

  private String closing() {
    GpuFixture other = new GpuFixture(gpu.device.ordinal());
    DeviceMemory memory = other.allocate(1 << 20);
    memory.close();
    memory.close();
    DeviceMemory left = other.allocate(64 << 20);
    long before = gpu.device.freeBytes();
    other.close();
    gpu.device.makeCurrent();
    long freed = gpu.device.freeBytes() - before;
    require(freed >= 64 << 20, "a closed device left memory behind, %d bytes came back", freed);
    left.close();
    other.close();
    gpu.stream.synchronize();
    return "";
  }

  private CudaModule testModule() {
    return CudaModule.load(gpu.device, TestKernels.module(dependent()));
  }

  private boolean dependent() {
    return gpu.device.computeCapability().atLeast(9, 0);
  }

  /** Adds 1 to every element of {@code a}. */
  private void mix(KernelFunction mix, DeviceMemory a, boolean programmatic) {
    gpu.launcher
        .arguments()
        .add(a.address())
        .add(a.address())
        .add(N)
        .add(1f)
        .add(1L)
        .launch(mix, gpu.stream, (N + BLOCK - 1) / BLOCK, 1, 1, BLOCK, 0, programmatic);
  }

  private static float[] ramp() {
    float[] values = new float[N];
    for (int i = 0; i < N; i++) {
      values[i] = i;
    }
    return values;
  }
}
