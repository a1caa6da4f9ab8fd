package io.penstock.engine.tokenizer.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;

/** The variable {@code loop} inside a for loop. */
final class Loop implements Callable {
  private final List<Object> items;
  private final int depth;
  private final Function<Object, Object> recurse;
  private int index = -1;
  private Object lastChecked;

  /**
   * @param depth 1 for the outermost of recursive loops
   * @param recurse renders the loop's body for other items, or null when it is not recursive
   */
  Loop(List<Object> items, int depth, Function<Object, Object> recurse) {
    this.items = items;
    this.depth = depth;
    this.recurse = recurse;
  }

  boolean hasNext() {
    return index + 1 < items.size();
  }

  Object next() {
    return items.get(++index);
  }

  int length() {
    return items.size();
  }

  Iterator<Object> remaining() {
    List<Object> rest = items.subList(index + 1, items.size());
    index = items.size() - 1;
    return rest.iterator();
  }

  /** The attribute of this name, or {@link Undefined}. */
  Object attribute(String name) {
    return switch (name) {
      case "index" -> index + 1L;
      case "index0" -> (long) index;
      case "revindex" -> (long) (items.size() - index);
      case "revindex0" -> items.size() - index - 1L;
      case "first" -> index == 0;
      case "last" -> index == items.size() - 1;
      case "length" -> (long) items.size();
      case "depth" -> (long) depth;
      case "depth0" -> depth - 1L;
      case "previtem" ->
          index > 0 ? items.get(index - 1) : new Undefined("there is no previous item");
      case "nextitem" -> hasNext() ? items.get(index + 1) : new Undefined("there is no next item");
      case "cycle" -> (Callable) this::cycle;
      case "changed" -> (Callable) this::changed;
      default -> Undefined.attribute(this, name);
    };
  }

  @Override
  public Object call(Arguments arguments, Budget budget) {
    if (recurse == null) {
      throw new TemplateException("the loop must have the 'recursive' marker to be called");
    }
    return recurse.apply(arguments.require(0, "iterable"));
  }

  private Object cycle(Arguments arguments, Budget budget) {
    if (arguments.count() == 0) {
      throw new TemplateException("no items for cycling given");
    }
    return arguments.positional().get(index % arguments.count());
  }

  private Object changed(Arguments arguments, Budget budget) {
    boolean changed = lastChecked == null || !Values.equal(lastChecked, arguments.positional());
    lastChecked = new ArrayList<>(arguments.positional());
    return changed;
  }

  @Override
  public String toString() {
    return "<LoopContext %d/%d>".formatted(index + 1, items.size());
  }
}
