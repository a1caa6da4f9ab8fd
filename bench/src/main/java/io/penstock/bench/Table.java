package io.penstock.bench;

import java.util.ArrayList;
import java.util.List;

/** Rows as aligned columns. */
final class Table {
  private static final List<String> HEADER =
      List.of("item", "what", "figure", "unit", "target", "holds");
  private static final int FIGURE = 2;

  private Table() {}

  /** A row without columns. */
  static String line(Row row) {
    String figure = row.figure() == null ? "-" : Numbers.text(row.figure());
    String holds = row.holds() == null ? "" : row.holds() ? ": yes" : ": NO";
    return "%s  %s  %s %s  %s%s"
        .formatted(row.item(), row.what(), figure, row.unit(), row.target(), holds)
        .stripTrailing();
  }

  static String render(List<Row> rows) {
    List<List<String>> cells = new ArrayList<>();
    cells.add(HEADER);
    for (Row row : rows) {
      String holds = row.holds() == null ? "" : row.holds() ? "yes" : "NO";
      cells.add(
          List.of(
              row.item(),
              row.what(),
              row.figure() == null ? "-" : Numbers.text(row.figure()),
              row.unit(),
              row.target(),
              holds));
    }
    int[] widths = new int[HEADER.size()];
    for (List<String> line : cells) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> line : cells) {
      StringBuilder out = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String pad = " ".repeat(widths[i] - line.get(i).length());
        out.append(i == FIGURE ? pad + line.get(i) : line.get(i) + pad).append("  ");
      }
      text.append(out.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }
}
