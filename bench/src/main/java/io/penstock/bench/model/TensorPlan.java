package io.penstock.bench.model;

/**
 * A tensor to be filled.
 *
 * @param rows outputs; 0 for a vector
 * @param columns inputs, or the vector's size
 */
record TensorPlan(String name, int rows, int columns, Kind kind) {

  /** How its values are spread, so that activations keep a variance near 1 through the layers. */
  enum Kind {
    /** Unit variance. */
    EMBEDDING,
    /** Variance 1 / columns: outputs vary as inputs do. */
    MATRIX,
    /**
     * Twice that spread, and rows of very unequal length, as in trained models: so the best token
     * is seldom a close call, and a wrong one tells of an error rather than of rounding.
     */
    HEAD,
    /** Near 1. */
    NORM,
    BIAS
  }

  long elements() {
    return (long) Math.max(rows, 1) * columns;
  }

  long[] shape() {
    return rows == 0 ? new long[] {columns} : new long[] {rows, columns};
  }

  float mean() {
    return kind == Kind.NORM ? 1 : 0;
  }

  float deviation() {
    return switch (kind) {
      case EMBEDDING -> 1;
      case MATRIX -> (float) (1 / Math.sqrt(columns));
      case HEAD -> (float) (2 / Math.sqrt(columns));
      case NORM -> 0.1f;
      case BIAS -> 0.3f;
    };
  }
}
