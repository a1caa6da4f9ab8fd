package io.penstock.engine.backend.cuda;

/**
 * The step under way, as its kernels see it.
 *
 * @param tokens rows to compute, padding included
 * @param sequences sequences, padding included
 * @param logitRows rows of logits to compute, padding included
 * @param base where the metadata begins on the GPU
 * @param layout of the metadata
 */
record CudaStep(int tokens, int sequences, int logitRows, long base, StepLayout layout) {

  /** The step with the rows whose logits are wanted alone. */
  CudaStep ofLogitRows() {
    return new CudaStep(logitRows, logitRows, logitRows, base, layout);
  }

  long tokenIds() {
    return base + layout.tokenIds();
  }

  long positions() {
    return base + layout.positions();
  }

  long ropeRows() {
    return base + layout.ropeRows();
  }

  long slots() {
    return base + layout.slots();
  }

  long logitRowsAddress() {
    return base + layout.logitRows();
  }

  long queryStart() {
    return base + layout.queryStart();
  }

  long contextLengths() {
    return base + layout.contextLengths();
  }

  long blockStart() {
    return base + layout.blockStart();
  }

  long frequencies() {
    return base + layout.frequencies();
  }

  long attention() {
    return base + layout.attention();
  }

  long blockIds() {
    return base + layout.blockIds();
  }
}
