package io.penstock.kernels;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/**
 * The GPU module of this build: the bytes to hand to {@code cuModuleLoadData} and the documented
 * symbols in it.
 *
 * <p>A build without a CUDA compiler has no bytes; {@link #origin()} then says why, for the log
 * line that explains the choice of the CPU.
 */
public final class KernelModule {
  private static final String FATBIN = "penstock.fatbin";
  private static final String FACTS = "build.properties";
  private static final String INDEX = "KERNELS.md";

  private final byte[] fatbin;
  private final String origin;
  private final Map<String, Kernel> kernels;

  private KernelModule(byte[] fatbin, String origin, Map<String, Kernel> kernels) {
    this.fatbin = fatbin;
    this.origin = origin;
    this.kernels = kernels;
  }

  /** Reads the module from the class path. */
  public static KernelModule load() {
    Properties facts = new Properties();
    try {
      facts.load(new StringReader(text(FACTS)));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot parse resource " + FACTS, e);
    }
    return new KernelModule(
        bytes(FATBIN), facts.getProperty("reason"), KernelIndex.parse(text(INDEX)));
  }

  /** A fatbin for {@code cuModuleLoadData}; empty in a CPU-only build. */
  public Optional<byte[]> fatbin() {
    return Optional.ofNullable(fatbin).map(byte[]::clone);
  }

  /** How the module was built, or why it was not; one line for a person. */
  public String origin() {
    return origin;
  }

  /** All documented symbols. */
  public Set<String> symbols() {
    return Set.copyOf(kernels.keySet());
  }

  /**
   * @throws IllegalArgumentException for a symbol that {@code KERNELS.md} does not document
   */
  public Kernel kernel(String symbol) {
    Kernel kernel = kernels.get(symbol);
    if (kernel == null) {
      throw new IllegalArgumentException(
          "no kernel " + symbol + "; KERNELS.md documents " + kernels.keySet());
    }
    return kernel;
  }

  private static String text(String resource) {
    byte[] content = bytes(resource);
    if (content == null) {
      throw new IllegalStateException("penstock-kernels was packaged without " + resource);
    }
    return new String(content, StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String resource) {
    try (InputStream in = KernelModule.class.getResourceAsStream(resource)) {
      return in == null ? null : in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read resource " + resource, e);
    }
  }
}
