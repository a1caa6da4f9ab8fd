package io.penstock.engine.tokenizer.template;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.RandomAccess;

/** An immutable sequence, printed in parentheses and never equal to a list. */
sealed class Tuple extends AbstractList<Object> implements RandomAccess permits Tuple.Group {
  private final Object[] items;

  Tuple(Object... items) {
    this.items = items;
  }

  static Tuple of(List<?> items) {
    return new Tuple(items.toArray());
  }

  @Override
  public Object get(int index) {
    return items[index];
  }

  @Override
  public int size() {
    return items.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Tuple tuple && Values.sameItems(this, tuple);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(items);
  }

  /** What {@code groupby} gives: a pair whose parts have names. */
  static final class Group extends Tuple {
    Group(Object grouper, List<Object> list) {
      super(grouper, list);
    }
  }
}
