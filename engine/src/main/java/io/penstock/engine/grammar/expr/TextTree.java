package io.penstock.engine.grammar.expr;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Many texts as a tree of their beginnings, so that reading one does not read them all at once. */
public final class TextTree {
  private TextTree() {}

  /** One of some texts. */
  public static Expr of(List<String> texts) {
    byte[][] sorted =
        texts.stream()
            .distinct()
            .map(text -> text.getBytes(StandardCharsets.UTF_8))
            .sorted(Arrays::compareUnsigned)
            .toArray(byte[][]::new);
    return sorted.length == 0 ? Expr.NOTHING : from(sorted, 0, sorted.length, 0);
  }

  /** What follows the first {@code at} bytes, which are the same in all of {@code [from, to)}. */
  private static Expr from(byte[][] sorted, int from, int to, int at) {
    byte[] first = sorted[from];
    byte[] last = sorted[to - 1];
    int same = at; // sorted, so what these two share all of them do
    while (same < first.length && same < last.length && first[same] == last[same]) {
      same++;
    }
    Expr prefix = Expr.bytes(Arrays.copyOfRange(first, at, same));
    List<Expr> options = new ArrayList<>();
    int next = from;
    if (first.length == same) {
      options.add(Expr.EMPTY);
      next++;
    }
    while (next < to) {
      int end = next;
      while (end < to && sorted[end][same] == sorted[next][same]) {
        end++;
      }
      options.add(from(sorted, next, end, same));
      next = end;
    }
    return Expr.seq(prefix, Expr.alt(options));
  }
}
