package io.penstock.engine.backend.cuda.blas;

/** Element types of a product; sums are float32 whatever they are. */
public enum GemmType {
  BF16(GemmType.CUDA_R_16BF, GemmType.CUDA_R_16BF, false),
  F16(GemmType.CUDA_R_16F, GemmType.CUDA_R_16F, false),
  /** bf16 weights and inputs, float32 results: logits. */
  BF16_TO_F32(GemmType.CUDA_R_16BF, GemmType.CUDA_R_32F, false),
  F16_TO_F32(GemmType.CUDA_R_16F, GemmType.CUDA_R_32F, false),
  /** As before, added to what the float32 results hold: the residual stream. */
  BF16_ADD_F32(GemmType.CUDA_R_16BF, GemmType.CUDA_R_32F, true),
  F16_ADD_F32(GemmType.CUDA_R_16F, GemmType.CUDA_R_32F, true);

  // library_types.h, cudaDataType
  private static final int CUDA_R_32F = 0;
  private static final int CUDA_R_16F = 2;
  private static final int CUDA_R_16BF = 14;

  private final int input;
  private final int output;
  private final boolean adds;

  GemmType(int input, int output, boolean adds) {
    this.input = input;
    this.output = output;
    this.adds = adds;
  }

  /** cudaDataType of weights and inputs. */
  int input() {
    return input;
  }

  /** cudaDataType of results and bias. */
  int output() {
    return output;
  }

  /** Whether the product is added to the results instead of replacing them. */
  boolean adds() {
    return adds;
  }

  /** Bytes of one result. */
  public int outputBytes() {
    return output == CUDA_R_32F ? 4 : 2;
  }
}
