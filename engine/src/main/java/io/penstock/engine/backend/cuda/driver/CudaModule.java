package io.penstock.engine.backend.cuda.driver;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;

/** GPU code loaded into a device's context. */
public final class CudaModule extends DeviceResource {
  private static final int NO_BINARY_FOR_GPU = 209;
  private static final int UNSUPPORTED_PTX_VERSION = 222;

  private final CUmodule module;
  private final Map<String, KernelFunction> functions = new ConcurrentHashMap<>();

  private CudaModule(CudaDevice device, CUmodule module) {
    super(device);
    this.module = module;
  }

  /**
   * @param fatbin as nvcc made it
   * @throws CudaUnavailableException when it has no code for this GPU, or none that this driver can
   *     compile
   */
  public static CudaModule load(CudaDevice device, byte[] fatbin) {
    device.makeCurrent();
    CUmodule module = new CUmodule();
    int code = JCudaDriver.cuModuleLoadData(module, fatbin);
    if (code == NO_BINARY_FOR_GPU || code == UNSUPPORTED_PTX_VERSION) {
      throw new CudaUnavailableException(
          "the kernels have no code for %s with this driver: %s"
              .formatted(device, Status.name(code)));
    }
    Status.check(code, "cuModuleLoadData");
    CudaModule loaded = new CudaModule(device, module);
    device.own(loaded);
    return loaded;
  }

  /**
   * Looks a kernel up and loads its code, which must not happen first while a graph is captured.
   *
   * @throws CudaException when the module has no such symbol
   */
  public KernelFunction function(String symbol) {
    return functions.computeIfAbsent(symbol, this::find);
  }

  /**
   * @param dynamicSharedBytes most that a launch will ask for
   */
  public KernelFunction function(String symbol, int dynamicSharedBytes) {
    KernelFunction function = function(symbol);
    function.allowDynamicShared(dynamicSharedBytes);
    return function;
  }

  private KernelFunction find(String symbol) {
    device().makeCurrent();
    Handles.OfFunction function = new Handles.OfFunction();
    Status.check(
        JCudaDriver.cuModuleGetFunction(function, module, symbol),
        "cuModuleGetFunction(" + symbol + ")");
    KernelFunction found = new KernelFunction(symbol, function);
    // The driver loads code lazily; asking for an attribute is what makes it load.
    found.registers();
    return found;
  }

  @Override
  void release() {
    Status.check(JCudaDriver.cuModuleUnload(module), "cuModuleUnload");
  }
}
