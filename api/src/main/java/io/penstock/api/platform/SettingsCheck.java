package io.penstock.api.platform;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;

/**
 * Refuses to start with a {@code penstock.*} key that does not exist: a misspelt limit must not be
 * ignored silently. Looks at every source, environment variables included, which Spring's own check
 * leaves out.
 */
final class SettingsCheck implements EnvironmentPostProcessor, Ordered {
  /** Read from the environment by the launcher, the build, the benchmarks or the engine. */
  private static final Set<String> OF_OTHERS =
      Set.of(
          "home",
          "javahome",
          "javaopts",
          "aot",
          "kernels",
          "cudaarch",
          "cudaarchs",
          "cachedir",
          "benchscratch",
          "console",
          "consoleskip",
          "jvmargs");

  @Override
  public int getOrder() {
    return Ordered.LOWEST_PRECEDENCE - 20;
  }

  @Override
  public void postProcessEnvironment(
      ConfigurableEnvironment environment, SpringApplication application) {
    List<String> known =
        Arrays.stream(PenstockProperties.class.getRecordComponents())
            .map(RecordComponent::getName)
            .toList();
    Set<String> canonical = new HashSet<>(OF_OTHERS);
    known.forEach(name -> canonical.add(name.toLowerCase(Locale.ROOT)));
    for (var source : environment.getPropertySources()) {
      if (source instanceof EnumerablePropertySource<?> enumerable) {
        for (String key : enumerable.getPropertyNames()) {
          check(key, known, canonical);
        }
      }
    }
  }

  private static void check(String key, List<String> known, Set<String> canonical) {
    String lower = key.toLowerCase(Locale.ROOT);
    if (!lower.startsWith("penstock.") && !lower.startsWith("penstock_")) {
      return;
    }
    String name = lower.substring(9).replaceAll("\\[\\d+]$|_\\d+_?$", "").replaceAll("[-_.]", "");
    if (!canonical.contains(name)) {
      String nearest =
          known.stream()
              .min(Comparator.comparingInt(k -> distance(name, k.toLowerCase(Locale.ROOT))))
              .orElseThrow();
      throw new SettingException(
          "There is no setting '%s'. Did you mean '%s'? All settings stand in the README."
              .formatted(key, spelledLike(key, nearest)));
    }
  }

  private static String spelledLike(String key, String camelCase) {
    String kebab = camelCase.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    return key.startsWith("PENSTOCK_")
        ? "PENSTOCK_" + kebab.replace('-', '_').toUpperCase(Locale.ROOT)
        : "penstock." + kebab;
  }

  /** Levenshtein's edit distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, i -> i);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
