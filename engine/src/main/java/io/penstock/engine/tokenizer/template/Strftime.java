package io.penstock.engine.tokenizer.template;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.TextStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** C's strftime in its locale, for {@code strftime_now}. */
final class Strftime {
  private Strftime() {}

  static String format(String format, ZonedDateTime now) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        out.append(c);
        continue;
      }
      char directive = format.charAt(++i);
      boolean bare = directive == '-' && i + 1 < format.length();
      if (bare) {
        directive = format.charAt(++i);
      }
      String text = directive(directive, now);
      out.append(bare && text.length() > 1 ? text.replaceFirst("^0+(?=\\d)", "") : text);
    }
    return out.toString();
  }

  private static String directive(char directive, ZonedDateTime now) {
    return switch (directive) {
      case 'a' -> now.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
      case 'A' -> now.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
      case 'b', 'h' -> pattern("MMM", now);
      case 'B' -> pattern("MMMM", now);
      case 'c' ->
          format("%a %b ", now)
              + "%2d".formatted(now.getDayOfMonth())
              + format(" %H:%M:%S %Y", now);
      case 'd' -> two(now.getDayOfMonth());
      case 'D', 'x' -> format("%m/%d/%y", now);
      case 'e' -> "%2d".formatted(now.getDayOfMonth());
      case 'F' -> format("%Y-%m-%d", now);
      case 'f' -> "%06d".formatted(now.getNano() / 1000);
      case 'H' -> two(now.getHour());
      case 'I' -> two(now.get(ChronoField.CLOCK_HOUR_OF_AMPM));
      case 'j' -> "%03d".formatted(now.getDayOfYear());
      case 'm' -> two(now.getMonthValue());
      case 'M' -> two(now.getMinute());
      case 'n' -> "\n";
      case 'p' -> now.getHour() < 12 ? "AM" : "PM";
      case 'R' -> format("%H:%M", now);
      case 'S' -> two(now.getSecond());
      case 's' -> Long.toString(now.toEpochSecond());
      case 't' -> "\t";
      case 'T', 'X' -> format("%H:%M:%S", now);
      case 'u' -> Integer.toString(now.getDayOfWeek().getValue());
      case 'w' -> Integer.toString(now.getDayOfWeek().getValue() % 7);
      case 'U' -> two((now.getDayOfYear() + 6 - now.getDayOfWeek().getValue() % 7) / 7);
      case 'W' -> two((now.getDayOfYear() + 6 - (now.getDayOfWeek().getValue() + 6) % 7) / 7);
      case 'V' -> two(now.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
      case 'G' -> Integer.toString(now.get(IsoFields.WEEK_BASED_YEAR));
      case 'y' -> two(now.getYear() % 100);
      case 'Y' -> Integer.toString(now.getYear());
      case 'z' -> pattern("xx", now);
      case 'Z' -> pattern("zzz", now);
      case '%' -> "%";
      default -> "%" + directive;
    };
  }

  private static String two(int value) {
    return "%02d".formatted(value);
  }

  private static String pattern(String pattern, ZonedDateTime now) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(now);
  }
}
