package io.penstock.engine.tokenizer.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;

/** Methods of strings. */
final class StringMethods {
  private StringMethods() {}

  /** The method of this name bound to the string, or null. */
  static Callable bind(String s, String name) {
    return switch (name) {
      case "upper" -> (a, b) -> s.toUpperCase(Locale.ROOT);
      case "lower", "casefold" -> (a, b) -> s.toLowerCase(Locale.ROOT);
      case "title" -> (a, b) -> title(s);
      case "capitalize" -> (a, b) -> capitalize(s);
      case "swapcase" -> (a, b) -> swapCase(s);
      case "strip" -> (a, b) -> CodePoints.strip(s, a.text(0, "chars", null), true, true);
      case "lstrip" -> (a, b) -> CodePoints.strip(s, a.text(0, "chars", null), true, false);
      case "rstrip" -> (a, b) -> CodePoints.strip(s, a.text(0, "chars", null), false, true);
      case "startswith" -> (a, b) -> affix(s, a, true);
      case "endswith" -> (a, b) -> affix(s, a, false);
      case "removeprefix" ->
          (a, b) -> {
            String prefix = a.requireText(0, "prefix");
            return s.startsWith(prefix) ? s.substring(prefix.length()) : s;
          };
      case "removesuffix" ->
          (a, b) -> {
            String suffix = a.requireText(0, "suffix");
            return s.endsWith(suffix) ? s.substring(0, s.length() - suffix.length()) : s;
          };
      case "replace" ->
          (a, b) ->
              replace(
                  s,
                  a.requireText(0, "old"),
                  a.requireText(1, "new"),
                  a.integer(2, "count", -1),
                  b);
      case "split" -> (a, b) -> Splitting.split(s, a, true, b);
      case "rsplit" -> (a, b) -> Splitting.split(s, a, false, b);
      case "splitlines" -> (a, b) -> Splitting.lines(s, a.flag(0, "keepends", false), b);
      case "partition" -> (a, b) -> Splitting.partition(s, a.requireText(0, "sep"), true);
      case "rpartition" -> (a, b) -> Splitting.partition(s, a.requireText(0, "sep"), false);
      case "join" -> (a, b) -> join(s, a.require(0, "iterable"), b);
      case "find", "index" -> (a, b) -> find(s, a, true, name.equals("index"), b);
      case "rfind", "rindex" -> (a, b) -> find(s, a, false, name.equals("rindex"), b);
      case "count" -> (a, b) -> count(s, a.requireText(0, "sub"), b);
      case "format" -> (a, b) -> StrFormat.apply(s, a, b);
      case "zfill" -> (a, b) -> zeroFill(s, a.integer(0, "width", 0), b);
      case "center", "ljust", "rjust" -> (a, b) -> justify(s, name, a, b);
      case "isalpha" -> (a, b) -> all(s, Character::isLetter);
      case "isdigit", "isdecimal" -> (a, b) -> all(s, Character::isDigit);
      case "isnumeric" -> (a, b) -> all(s, StringMethods::isNumeric);
      case "isalnum" -> (a, b) -> all(s, c -> Character.isLetter(c) || isNumeric(c));
      case "isspace" -> (a, b) -> all(s, CodePoints::isSpace);
      case "isprintable" -> (a, b) -> s.codePoints().allMatch(Repr::isPrintable);
      case "isascii" -> (a, b) -> s.codePoints().allMatch(c -> c < 128);
      case "isidentifier" -> (a, b) -> s.matches("[\\p{L}_][\\p{L}\\p{N}_]*");
      case "isupper" -> (a, b) -> isCase(s, Character::isUpperCase, Character::isLowerCase);
      case "islower" -> (a, b) -> isCase(s, Character::isLowerCase, Character::isUpperCase);
      case "istitle" ->
          (a, b) -> s.codePoints().anyMatch(Character::isUpperCase) && s.equals(title(s));
      case "expandtabs" ->
          (a, b) -> s.replace("\t", " ".repeat(Math.clamp(a.integer(0, "tabsize", 8), 0, 64)));
      default -> null;
    };
  }

  static String capitalize(String s) {
    if (s.isEmpty()) {
      return s;
    }
    int first = s.offsetByCodePoints(0, 1);
    return s.substring(0, first).toUpperCase(Locale.ROOT)
        + s.substring(first).toLowerCase(Locale.ROOT);
  }

  /** A capital at the beginning of each run of letters. */
  private static String title(String s) {
    StringBuilder out = new StringBuilder(s.length());
    boolean inWord = false;
    for (int c : s.codePoints().toArray()) {
      out.appendCodePoint(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
      inWord = Character.isLetter(c);
    }
    return out.toString();
  }

  private static String swapCase(String s) {
    StringBuilder out = new StringBuilder(s.length());
    s.codePoints()
        .forEach(
            c ->
                out.appendCodePoint(
                    Character.isUpperCase(c)
                        ? Character.toLowerCase(c)
                        : Character.toUpperCase(c)));
    return out.toString();
  }

  private static Object affix(String s, Arguments arguments, boolean prefix) {
    Object wanted = arguments.require(0, "prefix");
    List<?> candidates = wanted instanceof Tuple tuple ? tuple : Collections.singletonList(wanted);
    long start = arguments.integer(1, "start", 0);
    long end = arguments.integer(2, "end", Long.MAX_VALUE);
    int length = CodePoints.length(s);
    int from = Math.clamp(start < 0 ? start + length : start, 0, length);
    int to = Math.clamp(end < 0 ? end + length : end, from, length);
    String part = CodePoints.substring(s, from, to);
    for (Object candidate : candidates) {
      if (!(candidate instanceof String affix)) {
        throw candidate instanceof Undefined u
            ? u.error()
            : new TemplateException(
                "%s first arg must be str or a tuple of str, not %s"
                    .formatted(prefix ? "startswith" : "endswith", Types.name(candidate)));
      }
      if (prefix ? part.startsWith(affix) : part.endsWith(affix)) {
        return true;
      }
    }
    return false;
  }

  static String replace(String s, String old, String by, long count, Budget budget) {
    budget.chars(s.length());
    StringBuilder out = new StringBuilder();
    int from = 0;
    long left = count < 0 ? Long.MAX_VALUE : count;
    if (old.isEmpty()) {
      for (; left > 0; left--) {
        out.append(by);
        if (from == s.length()) {
          break;
        }
        int next = s.offsetByCodePoints(from, 1);
        out.append(s, from, next);
        budget.chars(out.length());
        from = next;
      }
      return out.append(s, from, s.length()).toString();
    }
    for (int at = s.indexOf(old); at >= 0 && left > 0; at = s.indexOf(old, from), left--) {
      out.append(s, from, at).append(by);
      budget.checkLength(out.length());
      from = at + old.length();
    }
    budget.chars(out.length());
    return out.append(s, from, s.length()).toString();
  }

  static String join(String separator, Object iterable, Budget budget) {
    StringBuilder out = new StringBuilder();
    int index = 0;
    for (Object item : Values.toList(iterable, budget)) {
      if (!(item instanceof String text)) {
        throw new TemplateException(
            "sequence item %d: expected str instance, %s found".formatted(index, Types.name(item)));
      }
      out.append(index++ > 0 ? separator : "").append(text);
      budget.checkLength(out.length());
    }
    budget.chars(out.length());
    return out.toString();
  }

  private static Object find(
      String s, Arguments arguments, boolean first, boolean must, Budget budget) {
    String wanted = arguments.requireText(0, "sub");
    budget.charge(s.length() >> 4);
    int length = CodePoints.length(s);
    long start = arguments.integer(1, "start", 0);
    long end = arguments.integer(2, "end", Long.MAX_VALUE);
    long low = Math.max(0, start < 0 ? start + length : start);
    int to = Math.clamp(end < 0 ? end + length : end, 0, length);
    int at = -1;
    int from = 0;
    if (low <= to) {
      from = (int) low;
      String part = CodePoints.substring(s, from, to);
      int found = first ? part.indexOf(wanted) : part.lastIndexOf(wanted);
      at = found < 0 ? -1 : part.codePointCount(0, found);
    }
    if (at < 0 && must) {
      throw new TemplateException("substring not found");
    }
    return at < 0 ? -1L : (long) from + at;
  }

  private static Object count(String s, String wanted, Budget budget) {
    budget.charge(s.length() >> 4);
    if (wanted.isEmpty()) {
      return CodePoints.length(s) + 1L;
    }
    long count = 0;
    for (int at = s.indexOf(wanted); at >= 0; at = s.indexOf(wanted, at + wanted.length())) {
      count++;
    }
    return count;
  }

  private static String zeroFill(String s, long width, Budget budget) {
    long missing = Math.max(0, width - CodePoints.length(s));
    budget.chars(s.length() + missing);
    boolean signed = s.startsWith("-") || s.startsWith("+");
    String zeros = "0".repeat((int) missing);
    return signed ? s.charAt(0) + zeros + s.substring(1) : zeros + s;
  }

  static String justify(String s, String how, Arguments arguments, Budget budget) {
    long missing = Math.max(0, arguments.integer(0, "width", 80) - CodePoints.length(s));
    budget.chars(s.length() + missing);
    String fill = arguments.text(1, "fillchar", " ");
    int left =
        (int)
            switch (how) {
              case "ljust" -> 0;
              case "rjust" -> missing;
              default ->
                  missing / 2 + (missing & (missing + CodePoints.length(s)) & 1); // as CPython
            };
    return fill.repeat(left) + s + fill.repeat((int) missing - left);
  }

  private static boolean isNumeric(int c) {
    int type = Character.getType(c);
    return type == Character.DECIMAL_DIGIT_NUMBER
        || type == Character.LETTER_NUMBER
        || type == Character.OTHER_NUMBER;
  }

  private static boolean all(String s, IntPredicate test) {
    return !s.isEmpty() && s.codePoints().allMatch(test);
  }

  private static boolean isCase(String s, IntPredicate wanted, IntPredicate other) {
    return s.codePoints().anyMatch(wanted) && s.codePoints().noneMatch(other);
  }

  static List<Object> objects(List<String> strings) {
    return new ArrayList<>(strings);
  }
}
