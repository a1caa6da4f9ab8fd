package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.cuda.DecodeLayerProducts.Operands;
import java.util.HashSet;
import java.util.Set;

/**
 * Collects the products of a decoder layer, which come one by one, and computes them with one
 * kernel when the last of them is there: output projection, gate and up, down, and the next layer's
 * queries, keys and values. Only in steps of as many tokens as that was measured to be faster for.
 *
 * <p>Nothing may be read of what was collected before {@link #completed} or {@link #finish}. A step
 * that ends without logits leaves the last layer's products uncomputed: nobody reads them.
 */
final class DecodeLayer {
  private final DecodeLayerProducts products;
  private final Set<Integer> chosen = new HashSet<>(); // buckets of tokens

  private boolean active;
  private int tokens;
  private int launches;

  private CudaMatrix o;
  private CudaBuffer attended;
  private CudaMatrix gateUp;
  private long postGain;
  private float eps;
  private CudaMatrix down;
  private CudaBuffer activated;
  private CudaResidual residual;

  DecodeLayer(DecodeLayerProducts products) {
    this.products = products;
  }

  /** From now on steps of this bucket are computed here. */
  void choose(int bucket) {
    chosen.add(bucket);
  }

  /** A step begins; at least one kernel comes before its first product. */
  void begin(int tokensOfStep) {
    active = chosen.contains(TokenBuckets.of(tokensOfStep));
    tokens = tokensOfStep;
    launches = 0;
    clear();
    if (active) {
      products.beginStep();
    }
  }

  /** Whether the product is one of those collected: the output projection, or down. */
  boolean collectsAdd(CudaMatrix matrix, CudaBuffer x, CudaResidual stream) {
    if (!active) {
      return false;
    }
    if (o == null) {
      o = matrix;
      attended = x;
      residual = stream;
    } else {
      require(gateUp != null && down == null);
      down = matrix;
      activated = x;
    }
    return true;
  }

  boolean collectsGated(CudaMatrix matrix, long gain, float epsilon) {
    if (!active) {
      return false;
    }
    require(o != null && gateUp == null);
    gateUp = matrix;
    postGain = gain;
    eps = epsilon;
    return true;
  }

  /**
   * Computes what was collected and this product, the next layer's queries, keys and values; false
   * when nothing was collected.
   */
  boolean completed(CudaMatrix qkv, long nextGain, long out) {
    if (!active || o == null) {
      return false;
    }
    launch(qkv, nextGain, out);
    return true;
  }

  /** Computes what was collected of the last layer, if anything was. */
  void finish() {
    if (active && o != null) {
      launch(null, 0, 0);
    }
  }

  private void launch(CudaMatrix qkv, long nextGain, long out) {
    require(down != null);
    products.launch(
        new Operands(
            o, attended, gateUp, down, activated, residual, postGain, eps, qkv, nextGain, out),
        launches++,
        tokens);
    clear();
  }

  private void clear() {
    o = null;
    gateUp = null;
    down = null;
  }

  private static void require(boolean inOrder) {
    if (!inOrder) {
      throw new IllegalStateException("a layer's products come in another order than collected");
    }
  }
}
