package io.penstock.engine.tokenizer.template;

import java.util.ArrayList;
import java.util.List;

/** Python's {@code split}, {@code rsplit}, {@code splitlines} and {@code partition}. */
final class Splitting {
  private Splitting() {}

  static List<Object> split(String s, Arguments arguments, boolean fromLeft, Budget budget) {
    String separator = arguments.text(0, "sep", null);
    long limit = arguments.integer(1, "maxsplit", -1);
    budget.charge(s.length() >> 3);
    if (separator != null && separator.isEmpty()) {
      throw new TemplateException("empty separator");
    }
    long splits = limit < 0 ? Long.MAX_VALUE : limit;
    List<String> parts =
        separator == null
            ? (fromLeft ? words(s, splits) : wordsFromRight(s, splits))
            : (fromLeft ? parts(s, separator, splits) : partsFromRight(s, separator, splits));
    budget.charge(parts.size());
    return StringMethods.objects(parts);
  }

  private static List<String> parts(String s, String separator, long splits) {
    List<String> parts = new ArrayList<>();
    int from = 0;
    for (int at = s.indexOf(separator); at >= 0 && parts.size() < splits; ) {
      parts.add(s.substring(from, at));
      from = at + separator.length();
      at = s.indexOf(separator, from);
    }
    parts.add(s.substring(from));
    return parts;
  }

  private static List<String> partsFromRight(String s, String separator, long splits) {
    List<String> parts = new ArrayList<>();
    int to = s.length();
    while (parts.size() < splits) {
      int at = to < separator.length() ? -1 : s.lastIndexOf(separator, to - separator.length());
      if (at < 0) {
        break;
      }
      parts.add(s.substring(at + separator.length(), to));
      to = at;
    }
    parts.add(s.substring(0, to));
    return parts.reversed();
  }

  private static List<String> words(String s, long splits) {
    List<String> words = new ArrayList<>();
    int at = 0;
    while (true) {
      while (at < s.length() && CodePoints.isSpace(s.charAt(at))) {
        at++;
      }
      if (at == s.length()) {
        return words;
      }
      if (words.size() >= splits) {
        words.add(s.substring(at));
        return words;
      }
      int start = at;
      while (at < s.length() && !CodePoints.isSpace(s.charAt(at))) {
        at++;
      }
      words.add(s.substring(start, at));
    }
  }

  private static List<String> wordsFromRight(String s, long splits) {
    List<String> words = new ArrayList<>();
    int at = s.length();
    while (true) {
      while (at > 0 && CodePoints.isSpace(s.charAt(at - 1))) {
        at--;
      }
      if (at == 0) {
        return words.reversed();
      }
      if (words.size() >= splits) {
        words.add(s.substring(0, at));
        return words.reversed();
      }
      int end = at;
      while (at > 0 && !CodePoints.isSpace(s.charAt(at - 1))) {
        at--;
      }
      words.add(s.substring(at, end));
    }
  }

  static List<Object> lines(String s, boolean keepEnds, Budget budget) {
    budget.charge(s.length() >> 3);
    List<String> lines = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < s.length(); i++) {
      if (isLineEnd(s.charAt(i))) {
        int end = i;
        if (s.charAt(i) == '\r' && i + 1 < s.length() && s.charAt(i + 1) == '\n') {
          i++;
        }
        lines.add(s.substring(start, keepEnds ? i + 1 : end));
        start = i + 1;
      }
    }
    if (start < s.length()) {
      lines.add(s.substring(start));
    }
    return StringMethods.objects(lines);
  }

  private static boolean isLineEnd(char c) {
    return c >= '\n' && c <= '\r'
        || c >= 0x1C && c <= 0x1E
        || c == 0x85
        || c == '\u2028'
        || c == '\u2029';
  }

  static Tuple partition(String s, String separator, boolean first) {
    if (separator.isEmpty()) {
      throw new TemplateException("empty separator");
    }
    int at = first ? s.indexOf(separator) : s.lastIndexOf(separator);
    if (at < 0) {
      return first ? new Tuple(s, "", "") : new Tuple("", "", s);
    }
    return new Tuple(s.substring(0, at), separator, s.substring(at + separator.length()));
  }
}
