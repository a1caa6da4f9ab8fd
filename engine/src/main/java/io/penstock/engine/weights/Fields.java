package io.penstock.engine.weights;

import io.penstock.engine.core.ModelLoadException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Map;

/**
 * Typed, checked access to the values of a JSON object or of GGUF metadata. A key that is null
 * counts as missing, as in transformers. Every error names the file and the key.
 */
final class Fields {
  private final Path file;
  private final String prefix;
  private final Map<String, Object> values;

  Fields(Path file, Map<String, Object> values) {
    this(file, "", values);
  }

  private Fields(Path file, String prefix, Map<String, Object> values) {
    this.file = file;
    this.prefix = prefix;
    this.values = values;
  }

  Path file() {
    return file;
  }

  /** Whether the key is there and not null. */
  boolean has(String key) {
    return values.get(key) != null;
  }

  /** Whether the key is there, be it with a null. */
  boolean mentions(String key) {
    return values.containsKey(key);
  }

  Object raw(String key) {
    return values.get(key);
  }

  /** An integer that must be there, in {@code min..max}. */
  int integer(String key, int min, int max) {
    Object value = values.get(key);
    if (value == null) {
      throw error(key, "is missing");
    }
    Long exact = integral(value);
    if (exact == null || exact < min || exact > max) {
      throw error(key, "expected an integer from %d to %d, found %s", min, max, show(value));
    }
    return exact.intValue();
  }

  int integer(String key, int min, int max, int fallback) {
    return has(key) ? integer(key, min, max) : fallback;
  }

  /** A finite number that must be there, in {@code min..max}. */
  double real(String key, double min, double max) {
    Object value = values.get(key);
    if (value == null) {
      throw error(key, "is missing");
    }
    double real = value instanceof Number n ? n.doubleValue() : Double.NaN;
    if (!(real >= min && real <= max) || Double.isInfinite(real)) {
      throw error(key, "expected a number from %s to %s, found %s", min, max, show(value));
    }
    return real;
  }

  double real(String key, double min, double max, double fallback) {
    return has(key) ? real(key, min, max) : fallback;
  }

  boolean flag(String key, boolean fallback) {
    Object value = values.get(key);
    if (value == null) {
      return fallback;
    }
    if (value instanceof Boolean flag) {
      return flag;
    }
    throw error(key, "expected true or false, found %s", show(value));
  }

  /** A string, or null when missing. */
  String text(String key) {
    Object value = values.get(key);
    if (value == null || value instanceof String) {
      return (String) value;
    }
    throw error(key, "expected a string, found %s", show(value));
  }

  /** A nested object, or null when missing. */
  @SuppressWarnings("unchecked") // JSON objects have string keys
  Fields object(String key) {
    Object value = values.get(key);
    if (value == null) {
      return null;
    }
    if (value instanceof Map<?, ?> map) {
      return new Fields(file, prefix + key + ".", (Map<String, Object>) map);
    }
    throw error(key, "expected an object, found %s", show(value));
  }

  ModelLoadException error(String key, String message, Object... arguments) {
    return new ModelLoadException(
        file, "key " + prefix + key + ": " + message.formatted(arguments));
  }

  /** The value as a long when it is a whole number that fits, else null. */
  static Long integral(Object value) {
    return switch (value) {
      case Integer i -> i.longValue();
      case Long l -> l;
      case BigInteger b -> b.bitLength() < 64 ? b.longValue() : null;
      case Double d when d == Math.rint(d) && Math.abs(d) < 0x1p53 -> d.longValue();
      default -> null;
    };
  }

  /** A value as errors quote it: short, whatever the file holds. */
  static String show(Object value) {
    String text = value instanceof String s ? '"' + s + '"' : String.valueOf(value);
    return text.length() <= 80 ? text : text.substring(0, 80) + "...";
  }
}
