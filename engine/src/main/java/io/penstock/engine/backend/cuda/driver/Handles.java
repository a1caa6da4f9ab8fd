package io.penstock.engine.backend.cuda.driver;

import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstream;

/** JCuda's handles with their addresses shown, for the calls that do not go through JCuda. */
final class Handles {
  private Handles() {}

  static final class OfDeviceMemory extends CUdeviceptr {
    long address() {
      return getNativePointer() + getByteOffset();
    }
  }

  static final class OfHostMemory extends Pointer {
    long address() {
      return getNativePointer() + getByteOffset();
    }
  }

  static final class OfStream extends CUstream {
    long address() {
      return getNativePointer();
    }
  }

  static final class OfEvent extends CUevent {
    long address() {
      return getNativePointer();
    }
  }

  static final class OfFunction extends CUfunction {
    long address() {
      return getNativePointer();
    }
  }

  static final class OfGraph extends CUgraphExec {
    long address() {
      return getNativePointer();
    }
  }
}
