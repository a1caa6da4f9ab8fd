package io.penstock.engine.backend.cuda.blas;

/** Numbers of cublas_api.h and cublasLt.h, the same in versions 12 and 13. */
final class LtConstants {
  static final int SUCCESS = 0;
  static final int INVALID_VALUE = 7;
  static final int NOT_SUPPORTED = 15;

  /** cublasComputeType_t: products of 16-bit values summed in float32. */
  static final int COMPUTE_32F = 68;

  /** cudaDataType of alpha and beta. */
  static final int R_32F = 0;

  static final int OP_T = 1;

  // cublasLtMatmulDescAttributes_t
  static final int DESC_TRANSA = 3;
  static final int DESC_EPILOGUE = 7;
  static final int DESC_BIAS_POINTER = 8;

  // cublasLtEpilogue_t
  static final int EPILOGUE_BIAS = 4;

  // cublasLtMatmulPreferenceAttributes_t
  static final int PREFERENCE_MAX_WORKSPACE_BYTES = 1;
  static final int PREFERENCE_REDUCTION_SCHEMES = 3;
  static final int PREFERENCE_MIN_ALIGNMENT_A = 5;
  static final int PREFERENCE_MIN_ALIGNMENT_D = 8;

  /**
   * cublasLtReductionScheme_t: parts of a split sum are added in the compute type. The others add
   * them in the outputs' 16 bits, one of them in no fixed order.
   */
  static final int REDUCTION_IN_COMPUTE_TYPE = 2;

  // cublasLtMatmulHeuristicResult_t: algorithm, size_t, status, float, int[4]
  static final int RESULT_BYTES = 96;
  static final int RESULT_WORKSPACE = 64;
  static final int RESULT_STATE = 72;

  private LtConstants() {}

  static String statusName(int status) {
    return switch (status) {
      case SUCCESS -> "CUBLAS_STATUS_SUCCESS";
      case 1 -> "CUBLAS_STATUS_NOT_INITIALIZED";
      case 3 -> "CUBLAS_STATUS_ALLOC_FAILED";
      case INVALID_VALUE -> "CUBLAS_STATUS_INVALID_VALUE";
      case 8 -> "CUBLAS_STATUS_ARCH_MISMATCH";
      case 11 -> "CUBLAS_STATUS_MAPPING_ERROR";
      case 13 -> "CUBLAS_STATUS_EXECUTION_FAILED";
      case 14 -> "CUBLAS_STATUS_INTERNAL_ERROR";
      case NOT_SUPPORTED -> "CUBLAS_STATUS_NOT_SUPPORTED";
      case 16 -> "CUBLAS_STATUS_LICENSE_ERROR";
      default -> "CUBLAS_STATUS " + status;
    };
  }
}
