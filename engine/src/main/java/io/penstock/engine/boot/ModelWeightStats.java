package io.penstock.engine.boot;

import io.penstock.engine.core.DType;
import io.penstock.engine.core.TensorView;
import io.penstock.engine.weights.TensorFiles;
import java.util.EnumMap;
import java.util.Map;

/**
 * @param parameters number of weights
 * @param bytes their size as stored
 * @param dominatingType the type of most of them
 */
record ModelWeightStats(long parameters, long bytes, DType dominatingType) {

  static ModelWeightStats of(TensorFiles checkpoint) {
    long bytes = 0;
    Map<DType, Long> weights = new EnumMap<>(DType.class);
    for (TensorView tensor : checkpoint.tensors()) {
      bytes += tensor.data().byteSize();
      weights.merge(tensor.dtype(), (long) tensor.rows() * tensor.columns(), Long::sum);
    }
    long parameters = weights.values().stream().mapToLong(Long::longValue).sum();
    DType most =
        weights.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
    return new ModelWeightStats(parameters, bytes, most);
  }
}
