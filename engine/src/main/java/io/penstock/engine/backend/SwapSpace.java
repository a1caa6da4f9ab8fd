package io.penstock.engine.backend;

/**
 * Host memory for blocks of a KV cache that others need: as many slots as there is room, each for
 * one block over all layers. Calls are enqueued in program order, like a step's operations, and the
 * arrays are not read after they return.
 *
 * <p>Copies are made in the order of the calls. One that runs <b>beside</b> the next step is of
 * blocks that this step neither reads nor writes: a device that can may compute the step meanwhile,
 * and has to wait for the copy before the step after it only.
 */
public interface SwapSpace {

  /** No room. */
  SwapSpace NONE =
      new SwapSpace() {
        @Override
        public int slots() {
          return 0;
        }

        @Override
        public void offload(int[] blocks, int[] slots, boolean beside) {
          throw new UnsupportedOperationException("there is no swap space");
        }

        @Override
        public void restore(int[] slots, int[] blocks, boolean beside) {
          throw new UnsupportedOperationException("there is no swap space");
        }
      };

  int slots();

  /** Copies block {@code blocks[i]} to slot {@code slots[i]}; no slot stands there twice. */
  void offload(int[] blocks, int[] slots, boolean beside);

  /** Copies slot {@code slots[i]} to block {@code blocks[i]}; no block stands there twice. */
  void restore(int[] slots, int[] blocks, boolean beside);
}
