package io.penstock.engine.tokenizer.template;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Filters on text; other input is turned into text first. */
final class TextFilters {
  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}\\p{M}_]+");
  private static final Pattern WORD_BEGINNING = Pattern.compile("[-\\s({\\[<]+");
  private static final Pattern MARKUP = Pattern.compile("<!--.*?-->|<[^>]*>", Pattern.DOTALL);

  private TextFilters() {}

  static void register(Map<String, Filters.Filter> filters) {
    filters.put("string", (in, a, b) -> Repr.text(in));
    filters.put("safe", (in, a, b) -> Repr.text(in));
    filters.put("upper", (in, a, b) -> Repr.text(in).toUpperCase(Locale.ROOT));
    filters.put("lower", (in, a, b) -> Repr.text(in).toLowerCase(Locale.ROOT));
    filters.put("capitalize", (in, a, b) -> StringMethods.capitalize(Repr.text(in)));
    filters.put("title", (in, a, b) -> title(Repr.text(in)));
    filters.put(
        "trim",
        (in, a, b) -> CodePoints.strip(Repr.text(in), a.text(0, "chars", null), true, true));
    filters.put("replace", TextFilters::replace);
    filters.put("indent", TextFilters::indent);
    filters.put("escape", (in, a, b) -> escape(Repr.text(in), b));
    filters.put("e", (in, a, b) -> escape(Repr.text(in), b));
    filters.put("forceescape", (in, a, b) -> escape(Repr.text(in), b));
    filters.put("wordcount", (in, a, b) -> WORD.matcher(Repr.text(in)).results().count());
    filters.put("truncate", TextFilters::truncate);
    filters.put("center", (in, a, b) -> StringMethods.justify(Repr.text(in), "center", a, b));
    filters.put("format", TextFilters::format);
    filters.put("pprint", (in, a, b) -> Repr.of(in));
    filters.put("urlencode", (in, a, b) -> urlEncode(in, b));
    filters.put(
        "striptags",
        (in, a, b) ->
            String.join(" ", MARKUP.matcher(Repr.text(in)).replaceAll("").trim().split("\\s+")));
  }

  private static Object replace(Object input, Arguments arguments, Budget budget) {
    return StringMethods.replace(
        Repr.text(input),
        Repr.text(arguments.require(0, "old")),
        Repr.text(arguments.require(1, "new")),
        arguments.integer(2, "count", -1),
        budget);
  }

  /** A capital at the beginning of each word, where apostrophes do not begin one. */
  private static String title(String text) {
    StringBuilder out = new StringBuilder(text.length());
    Matcher gap = WORD_BEGINNING.matcher(text);
    int from = 0;
    while (gap.find()) {
      out.append(StringMethods.capitalize(text.substring(from, gap.start()))).append(gap.group());
      from = gap.end();
    }
    return out.append(StringMethods.capitalize(text.substring(from))).toString();
  }

  private static Object indent(Object input, Arguments arguments, Budget budget) {
    Object width = arguments.get(0, "width", 4L);
    String indention =
        width instanceof String text
            ? text
            : " ".repeat(Math.clamp(Numbers.toLong(width, "width"), 0, 1000));
    boolean first = arguments.flag(1, "first", false);
    boolean blank = arguments.flag(2, "blank", false);
    StringBuilder out = new StringBuilder();
    List<Object> lines = Splitting.lines(Repr.text(input) + "\n", false, budget);
    for (int i = 0; i < lines.size(); i++) {
      String line = (String) lines.get(i);
      out.append(i > 0 ? "\n" : "");
      if (i == 0 ? first : blank || !line.isEmpty()) {
        out.append(indention);
      }
      out.append(line);
      budget.checkLength(out.length());
    }
    budget.chars(out.length());
    return out.toString();
  }

  private static String escape(String text, Budget budget) {
    budget.chars(text.length());
    return text.replace("&", "&amp;")
        .replace(">", "&gt;")
        .replace("<", "&lt;")
        .replace("'", "&#39;")
        .replace("\"", "&#34;");
  }

  private static Object truncate(Object input, Arguments arguments, Budget budget) {
    String text = Repr.text(input);
    long length = arguments.integer(0, "length", 255);
    boolean killWords = arguments.flag(1, "killwords", false);
    String end = arguments.text(2, "end", "...");
    long leeway = arguments.integer(3, "leeway", 5);
    int endLength = CodePoints.length(end);
    if (length < endLength || leeway < 0) {
      throw new TemplateException("expected length >= %d, got %d".formatted(endLength, length));
    }
    int size = CodePoints.length(text);
    if (size <= length + leeway) {
      return text;
    }
    String cut = CodePoints.substring(text, 0, (int) (length - endLength));
    int space = cut.lastIndexOf(' ');
    return (killWords || space < 0 ? cut : cut.substring(0, space)) + end;
  }

  private static Object format(Object input, Arguments arguments, Budget budget) {
    if (arguments.count() > 0 && !arguments.keywords().isEmpty()) {
      throw new TemplateException("can't handle positional and keyword arguments at the same time");
    }
    Object values =
        arguments.keywords().isEmpty() ? Tuple.of(arguments.positional()) : arguments.keywords();
    return PrintfFormat.apply(Repr.text(input), values, budget);
  }

  private static String urlEncode(Object input, Budget budget) {
    if (input instanceof String text) {
      return quote(text).replace("%2F", "/");
    }
    List<String> pairs = new ArrayList<>();
    DictMethods.toDict(input, budget)
        .forEach((key, value) -> pairs.add(quote(Repr.text(key)) + "=" + quote(Repr.text(value))));
    return String.join("&", pairs).replace("%20", "+");
  }

  private static String quote(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%7E", "~");
  }
}
