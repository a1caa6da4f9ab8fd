/** What was measured on a GPU, on disk, so that the next start need not measure it again. */
package io.penstock.engine.backend.cuda.measured;
