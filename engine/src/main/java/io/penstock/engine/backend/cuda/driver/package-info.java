/**
 * The CUDA driver as the engine needs it: context, modules, memory, streams, events and graphs
 * through JCuda; what a step calls often through Java's own foreign functions, which cost a
 * hundredth of a JNI wrapper that allocates.
 *
 * <p>Every resource belongs to the {@link CudaDevice} it was made on. Closing twice is harmless, a
 * device closes what is left of its resources, and nothing of an abandoned device (its context is
 * lost, or its GPU does not answer) is touched any more: freeing memory there would wait for ever.
 */
package io.penstock.engine.backend.cuda.driver;
