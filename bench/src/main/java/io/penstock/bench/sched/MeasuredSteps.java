package io.penstock.bench.sched;

import io.penstock.engine.sched.StepShape;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Steps that a device really computed, as {@code bench sched live --steps FILE} writes them, and
 * what they cost: non-negative least squares of their relative errors, by coordinate descent; those
 * that are off by more than a fifth, as after a pause of the host, are left out the second time.
 *
 * <p>Where steps do not vary, they do not tell: equal prompts have pairs in proportion to their
 * tokens. There it stays with what is known before, in bench/gpu/NOTES.md from prompts of 512 and
 * 8,192 tokens and from streams alone.
 */
final class MeasuredSteps {
  private static final int SWEEPS = 4_000;
  private static final double ODD = 0.2;
  private static final double[] BEFORE = {0, 0, 10, 0.01, 0.01, 0}; // weight of what is known
  private static final double[] KNOWN_BEFORE = {5.2e6, 18_500, 1.46, 7_500, 52, 0};
  private static final double[] SCALE = {1, 1e-3, 1e-6, 1e-2, 1e-5, 1}; // features of about 1

  private final List<StepShape> shapes = new ArrayList<>();
  private final List<Long> nanos = new ArrayList<>();

  /**
   * @throws IllegalArgumentException when it is no such file
   */
  static MeasuredSteps read(Path file) {
    try {
      return of(Files.readAllLines(file), file.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Those that lie beside this class. */
  static MeasuredSteps bundled(String name) {
    try (InputStream in = MeasuredSteps.class.getResourceAsStream(name)) {
      return of(new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList(), name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static MeasuredSteps of(List<String> lines, String file) {
    List<String> names = Arrays.asList(lines.getFirst().split(","));
    MeasuredSteps steps = new MeasuredSteps();
    for (String line : lines.subList(1, lines.size())) {
      String[] values = line.split(",");
      steps.add(
          new StepShape(
              (int) value(values, names, "prompt_tokens", file),
              value(values, names, "prompt_pairs", file),
              (int) value(values, names, "decodes", file),
              value(values, names, "decode_context", file)),
          value(values, names, "nanos", file));
    }
    return steps;
  }

  private static long value(String[] values, List<String> names, String name, String file) {
    int column = names.indexOf(name);
    if (column < 0 || column >= values.length) {
      throw new IllegalArgumentException("%s: every line needs %s".formatted(file, name));
    }
    return Long.parseLong(values[column]);
  }

  void add(StepShape shape, long took) {
    shapes.add(shape);
    nanos.add(took);
  }

  int size() {
    return shapes.size();
  }

  /**
   * @param cliff tokens of a step beyond which its products need another round of the device's
   *     multiprocessors
   */
  DeviceCost fit(int cliff) {
    DeviceCost rough = fit(cliff, null);
    return fit(cliff, rough);
  }

  private DeviceCost fit(int cliff, DeviceCost before) {
    int n = SCALE.length;
    double[][] products = new double[n][n];
    double[] targets = new double[n];
    List<Integer> used = new ArrayList<>();
    for (int i = 0; i < size(); i++) {
      if (before != null && Math.abs(error(before, i)) > ODD) {
        continue;
      }
      used.add(i);
      double[] features = features(shapes.get(i), cliff);
      double millis = nanos.get(i) / 1e6;
      for (int a = 0; a < n; a++) {
        targets[a] += features[a] / millis;
        for (int b = 0; b < n; b++) {
          products[a][b] += features[a] * features[b] / millis / millis;
        }
      }
    }
    for (int a = 0; a < n; a++) {
      targets[a] += BEFORE[a] * products[a][a] * KNOWN_BEFORE[a] / (SCALE[a] * 1e6);
      products[a][a] *= 1 + BEFORE[a];
    }
    double[] w = new double[n];
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
      for (int a = 0; a < n; a++) {
        double rest = targets[a];
        for (int b = 0; b < n; b++) {
          rest -= b == a ? 0 : products[a][b] * w[b];
        }
        w[a] = products[a][a] == 0 ? 0 : Math.max(0, rest / products[a][a]);
      }
    }
    for (int a = 0; a < n; a++) {
      w[a] *= SCALE[a] * 1e6;
    }
    DeviceCost fitted = new DeviceCost(w[0], w[1], w[2], w[3], w[4], cliff, w[5], 0);
    double squares = used.stream().mapToDouble(i -> Math.pow(error(fitted, i), 2)).sum();
    return fitted.withNoise(Math.sqrt(squares / Math.max(1, used.size())));
  }

  private double error(DeviceCost cost, int i) {
    return cost.nanos(shapes.get(i)) / nanos.get(i) - 1;
  }

  private static double[] features(StepShape shape, int cliff) {
    return new double[] {
      SCALE[0],
      SCALE[1] * shape.promptTokens(),
      SCALE[2] * shape.promptPairs(),
      SCALE[3] * shape.decodes(),
      SCALE[4] * shape.decodeContext(),
      shape.promptTokens() + shape.decodes() > cliff ? SCALE[5] : 0
    };
  }
}
