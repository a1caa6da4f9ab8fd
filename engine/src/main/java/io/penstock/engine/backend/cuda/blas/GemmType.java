package io.penstock.engine.backend.cuda.blas;

/** Element types of a product; sums are float32 whatever they are. */
public enum GemmType {
  BF16(GemmType.CUDA_R_16BF, GemmType.CUDA_R_16BF),
  F16(GemmType.CUDA_R_16F, GemmType.CUDA_R_16F),
  /** bf16 weights and inputs, float32 results: logits. */
  BF16_TO_F32(GemmType.CUDA_R_16BF, GemmType.CUDA_R_32F),
  F16_TO_F32(GemmType.CUDA_R_16F, GemmType.CUDA_R_32F);

  // library_types.h, cudaDataType
  private static final int CUDA_R_32F = 0;
  private static final int CUDA_R_16F = 2;
  private static final int CUDA_R_16BF = 14;

  private final int input;
  private final int output;

  GemmType(int input, int output) {
    this.input = input;
    this.output = output;
  }

  /** cudaDataType of weights and inputs. */
  int input() {
    return input;
  }

  /** cudaDataType of results and bias. */
  int output() {
    return output;
  }

  /** Bytes of one result. */
  public int outputBytes() {
    return output == CUDA_R_32F ? 4 : 2;
  }
}
