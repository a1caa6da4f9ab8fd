package io.penstock.engine.backend.cuda.driver;

import io.penstock.kernels.KernelModule;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.JCudaDriver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One GPU and its primary context, which other libraries of this process (cuBLASLt) share.
 *
 * <p>A thread calls {@link #makeCurrent()} once before it uses the device; creating and closing
 * resources does so by itself.
 */
public final class CudaDevice implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CudaDevice.class);
  private static final ThreadLocal<CudaDevice> CURRENT = new ThreadLocal<>();

  private final int ordinal;
  private final CUdevice device;
  private final CUcontext context;
  private final DriverVersion driver;
  private final String name;
  private final String pciBusId;
  private final int smCount;
  private final int sharedBytesPerBlock;
  private final int l2Bytes;
  private final ComputeCapability capability;
  private final long totalBytes;
  private final SequencedSet<DeviceResource> resources = new LinkedHashSet<>();
  private volatile boolean abandoned;
  private boolean closed;

  private CudaDevice(int ordinal, CUdevice device, DriverVersion driver) {
    this.ordinal = ordinal;
    this.device = device;
    this.driver = driver;
    this.name = nameOf(device);
    this.pciBusId = pciBusIdOf(device);
    this.capability = capabilityOf(device);
    if (capability.compareTo(ComputeCapability.OLDEST) < 0) {
      throw new CudaUnavailableException(
          "%s has compute capability %s, there is code for %s and later"
              .formatted(name, capability, ComputeCapability.OLDEST));
    }
    this.smCount = attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
    this.sharedBytesPerBlock =
        attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
    this.l2Bytes = attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE);
    this.totalBytes = totalBytesOf(device);
    this.context = new CUcontext();
    int code = JCudaDriver.cuDevicePrimaryCtxRetain(context, device);
    if (code != Status.SUCCESS) {
      throw new CudaUnavailableException(
          "no context on %s: %s (%d)".formatted(name, Status.name(code), code));
    }
  }

  /**
   * Opens a GPU for this build's kernels and makes it current.
   *
   * @param ordinal as CUDA counts, which CUDA_VISIBLE_DEVICES may change
   * @throws CudaUnavailableException when this machine cannot run them, with the reason
   */
  public static CudaDevice open(int ordinal) {
    return open(ordinal, DriverLibrary.NAME, KernelModule.load().origin());
  }

  static CudaDevice open(int ordinal, String libraryName, String moduleOrigin) {
    DriverLibrary library = DriverLibrary.open(libraryName);
    DriverVersion found = library.version();
    Refusals.ofVersion(found, moduleOrigin).ifPresent(CudaDevice::refuse);
    Refusals.ofInitialization(library.initialize()).ifPresent(CudaDevice::refuse);
    loadJCuda();

    int[] count = new int[1];
    Status.check(JCudaDriver.cuDeviceGetCount(count), "cuDeviceGetCount");
    Refusals.ofOrdinal(ordinal, count[0]).ifPresent(CudaDevice::refuse);
    CUdevice device = new CUdevice();
    Status.check(JCudaDriver.cuDeviceGet(device, ordinal), "cuDeviceGet");
    CudaDevice opened = new CudaDevice(ordinal, device, found);
    opened.makeCurrent();
    return opened;
  }

  private static void refuse(String reason) {
    throw new CudaUnavailableException(reason);
  }

  static void loadJCuda() {
    try {
      // Codes, not exceptions: ours name the call and know which errors lose the context.
      JCudaDriver.setExceptionsEnabled(false);
    } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
      String why = String.valueOf(e.getMessage()).strip().lines().findFirst().orElse("no reason");
      throw new CudaUnavailableException("JCuda's native library cannot be loaded: " + why);
    }
  }

  /** The device that this thread made current last. */
  static CudaDevice current() {
    CudaDevice device = CURRENT.get();
    if (device == null) {
      throw new IllegalStateException("no CUDA device is current on this thread");
    }
    return device;
  }

  /** Lets this thread use the device. */
  public void makeCurrent() {
    if (CURRENT.get() != this) {
      Status.check(JCudaDriver.cuCtxSetCurrent(context), "cuCtxSetCurrent");
      CURRENT.set(this);
      TimerSlack.tighten();
    }
  }

  public int ordinal() {
    return ordinal;
  }

  public String name() {
    return name;
  }

  /** What the driver supports. */
  public DriverVersion driverVersion() {
    return driver;
  }

  /** As NVML knows the device, for example {@code 0000:01:00.0}. */
  public String pciBusId() {
    return pciBusId;
  }

  public int smCount() {
    return smCount;
  }

  public ComputeCapability computeCapability() {
    return capability;
  }

  /** Most shared memory of one block, dynamic and static. */
  public int sharedBytesPerBlock() {
    return sharedBytesPerBlock;
  }

  public int l2Bytes() {
    return l2Bytes;
  }

  public long totalBytes() {
    return totalBytes;
  }

  /** What nobody, in this process or another, has taken. */
  public long freeBytes() {
    makeCurrent();
    long[] free = new long[1];
    long[] total = new long[1];
    Status.check(JCudaDriver.cuMemGetInfo(free, total), "cuMemGetInfo");
    return free[0];
  }

  /**
   * Gives the device up without another call to it, after its context was lost or it no longer
   * answers. Its resources die with the process.
   */
  public void abandon() {
    abandoned = true;
  }

  /** Whether it may still be called: neither closed nor abandoned. */
  public synchronized boolean isUsable() {
    return !closed && !abandoned;
  }

  synchronized void own(DeviceResource resource) {
    resources.add(resource);
  }

  synchronized void forget(DeviceResource resource) {
    resources.remove(resource);
  }

  /** Closes what is left of its resources, the youngest first, and releases the context. */
  @Override
  public void close() {
    List<DeviceResource> left;
    synchronized (this) {
      left = new ArrayList<>(resources.reversed());
    }
    for (DeviceResource resource : left) {
      closeQuietly(resource);
    }
    synchronized (this) {
      if (isUsable()) {
        closed = true;
        CURRENT.remove();
        int code = JCudaDriver.cuDevicePrimaryCtxRelease(device);
        if (code != Status.SUCCESS) {
          log.warn("{}: releasing the context failed: {}", name, Status.name(code));
        }
      }
    }
  }

  private void closeQuietly(DeviceResource resource) {
    try {
      resource.close();
    } catch (CudaException e) {
      log.warn("{}: {}", name, e.getMessage());
    }
  }

  @Override
  public String toString() {
    return "%s (GPU %d, compute capability %s, %d SMs, %.1f GiB, driver for CUDA %s)"
        .formatted(name, ordinal, capability, smCount, totalBytes / 0x1p30, driver);
  }

  private int attribute(int id) {
    return attribute(device, id);
  }

  private static int attribute(CUdevice device, int id) {
    int[] value = new int[1];
    Status.check(JCudaDriver.cuDeviceGetAttribute(value, id, device), "cuDeviceGetAttribute");
    return value[0];
  }

  private static ComputeCapability capabilityOf(CUdevice device) {
    return new ComputeCapability(
        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR),
        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR));
  }

  private static String nameOf(CUdevice device) {
    byte[] bytes = new byte[256];
    Status.check(JCudaDriver.cuDeviceGetName(bytes, bytes.length, device), "cuDeviceGetName");
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }

  private static String pciBusIdOf(CUdevice device) {
    String[] id = new String[1];
    Status.check(JCudaDriver.cuDeviceGetPCIBusId(id, 32, device), "cuDeviceGetPCIBusId");
    return id[0].trim();
  }

  private static long totalBytesOf(CUdevice device) {
    long[] bytes = new long[1];
    Status.check(JCudaDriver.cuDeviceTotalMem(bytes, device), "cuDeviceTotalMem");
    return bytes[0];
  }
}
