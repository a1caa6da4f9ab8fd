package io.penstock.kernels;

/**
 * One entry point of the GPU module, as {@code KERNELS.md} documents it.
 *
 * @param symbol name to look up in the loaded module
 * @param file source below {@code kernels/src}
 * @param arguments C declaration of the parameters, in order
 * @param shapes of the arrays
 * @param alignment what pointers and sizes must satisfy
 */
public record Kernel(
    String symbol, String file, String arguments, String shapes, String alignment) {}
