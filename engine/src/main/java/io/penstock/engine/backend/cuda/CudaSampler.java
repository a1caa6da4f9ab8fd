package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.DeviceBuffer;
import io.penstock.engine.backend.DeviceSampler;
import io.penstock.engine.backend.SampledRows;
import io.penstock.engine.backend.SamplingRow;
import java.util.List;

final class CudaSampler implements DeviceSampler {
  CudaSampler(Gpu gpu, int vocab, int maxRows) {}

  long sampledIds() {
    return 0;
  }

  long inputIds() {
    return 0;
  }

  @Override
  public void sample(DeviceBuffer logits, List<SamplingRow> rows) {}

  @Override
  public SampledRows await() {
    return null;
  }
}
