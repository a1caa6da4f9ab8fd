/**
 * Matrix products by cuBLASLt, which is found at run time (version 12 or 13) and called through
 * Java's foreign functions. The choice between its algorithms is measured once for a shape and kept
 * on disk.
 */
package io.penstock.engine.backend.cuda.blas;
