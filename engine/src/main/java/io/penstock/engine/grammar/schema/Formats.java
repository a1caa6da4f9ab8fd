package io.penstock.engine.grammar.schema;

import io.penstock.engine.grammar.expr.Expr;
import io.penstock.engine.grammar.expr.RegexParser;
import java.util.Map;
import java.util.TreeMap;

/**
 * The formats of JSON Schema as regular expressions of plain ASCII, each a subset of what its RFC
 * allows: what validators agree on.
 */
final class Formats {
  private static final String LEAP =
      "(\\d\\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29";
  private static final String DATE =
      "(\\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])|(0[469]|11)-(0[1-9]|[12]\\d|30)|02-(0[1-9]|1\\d|2[0-8]))|"
          + LEAP
          + ")";
  private static final String TIME =
      "([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?(Z|[+-](0\\d|1[0-3]):[0-5]\\d)";
  private static final String LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?";
  private static final String HOST = "(" + LABEL + "\\.){1,3}[A-Za-z]{2,10}";

  /** Validators of addresses look domains up in a list; these are in all of them. */
  private static final String MAIL_HOST =
      "("
          + LABEL
          + "\\.){1,3}(com|org|net|edu|gov|int|info|io|app|dev|de|fr|uk|es|it|nl|pl|se|ch|at|be|eu|us|ca|br|mx|jp|cn|in|au|nz|za|kr)";

  private static final String BYTE = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";

  private static final String MAIL =
      "[A-Za-z0-9_%+-]{1,20}(\\.[A-Za-z0-9_%+-]{1,20}){0,2}@" + MAIL_HOST;
  private static final String URI =
      "https?://" + HOST + "(:[1-9]\\d{1,3})?(/[A-Za-z0-9._~-]{1,64}){0,8}/?";

  private static final Map<String, String> PATTERNS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("date", DATE),
              Map.entry("time", TIME),
              Map.entry("date-time", DATE + "T" + TIME),
              Map.entry(
                  "duration",
                  "P(\\d{1,4}W|(\\d{1,4}Y)?(\\d{1,4}M)?\\d{1,4}D(T\\d{1,4}H(\\d{1,4}M(\\d{1,4}S)?)?)?|T\\d{1,4}H(\\d{1,4}M(\\d{1,4}S)?)?|T\\d{1,4}M(\\d{1,4}S)?|T\\d{1,4}S)"),
              Map.entry("uuid", "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
              Map.entry("email", MAIL),
              Map.entry("idn-email", MAIL),
              Map.entry("idn-hostname", "([A-Za-z0-9](-?[A-Za-z0-9]){0,20}\\.){1,3}[A-Za-z]{2,10}"),
              Map.entry("uri-reference", URI),
              Map.entry("iri", URI),
              Map.entry("iri-reference", URI),
              Map.entry("json-pointer", "(/[A-Za-z0-9_.-]{0,32}){0,16}"),
              Map.entry("hostname", HOST),
              Map.entry("ipv4", BYTE + "(\\." + BYTE + "){3}"),
              Map.entry("ipv6", "[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){7}"),
              Map.entry("uri", URI)));

  private Formats() {}

  /** Texts of a format, or null when it is not known. */
  static Expr of(String format) {
    String pattern = PATTERNS.get(format);
    return pattern == null ? null : RegexParser.whole(pattern);
  }

  /** Names of the formats, for a message. */
  static String names() {
    return String.join(", ", PATTERNS.keySet());
  }
}
