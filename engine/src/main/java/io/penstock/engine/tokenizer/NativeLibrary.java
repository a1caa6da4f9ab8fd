package io.penstock.engine.tokenizer;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads the tokenizers library that DJL's jar carries.
 *
 * <p>It is copied to a private temporary file, loaded, and the file removed at once. DJL's own
 * loader looks for GPUs first, keeps a cache in the home directory and may download; it is the
 * fallback, for Windows and where the temporary folder forbids executing.
 */
final class NativeLibrary {
  private static final Logger LOG = LoggerFactory.getLogger(NativeLibrary.class);

  private NativeLibrary() {}

  @SuppressWarnings("restricted") // loading native code is this class's purpose
  static void load() {
    String platform = platform();
    String resource =
        "/native/lib/%s/cpu/%s".formatted(platform, System.mapLibraryName("tokenizers"));
    try (InputStream library = TokenizersLibrary.class.getResourceAsStream(resource)) {
      if (library == null || platform.startsWith("win")) {
        LOG.info("no tokenizers library at {}: asking DJL for it", resource);
        loadThroughDjl();
        return;
      }
      Path file = Files.createTempFile("penstock-", System.mapLibraryName("tokenizers"));
      try {
        Files.copy(library, file, StandardCopyOption.REPLACE_EXISTING);
        System.load(file.toString());
      } finally {
        Files.delete(file);
      }
    } catch (IOException | UnsatisfiedLinkError e) {
      LOG.info(
          "tokenizers library not loaded from the temporary folder ({}): asking DJL for it",
          e.toString());
      loadThroughDjl();
    }
  }

  private static void loadThroughDjl() {
    // Read, as environment variables or system properties, when DJL's classes load: send no
    // telemetry, download nothing, and take the CPU build that is inside the jar.
    setDefault("OPT_OUT_TRACKING", "true");
    setDefault("ai.djl.offline", "true");
    setDefault("RUST_FLAVOR", "cpu");
    LibUtils.checkStatus();
  }

  private static String platform() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String family = os.startsWith("mac") ? "osx" : os.startsWith("win") ? "win" : "linux";
    String architecture = System.getProperty("os.arch");
    return family + '-' + (architecture.equals("amd64") ? "x86_64" : architecture);
  }

  private static void setDefault(String key, String value) {
    if (System.getenv(key) == null && System.getProperty(key) == null) {
      System.setProperty(key, value);
    }
  }
}
