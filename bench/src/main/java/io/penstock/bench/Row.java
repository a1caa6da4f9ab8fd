package io.penstock.bench;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;

/**
 * One line of a benchmark's result.
 *
 * @param item stable name of the measured thing, such as {@code decode.batch8}
 * @param what the same for a person
 * @param figure what was measured; null when it could not be
 * @param unit unit of the figure
 * @param target what it must reach, or empty where it only informs
 * @param holds whether it does; null where there is no target
 */
@JsonPropertyOrder({"item", "what", "figure", "unit", "target", "holds"})
@JsonInclude(JsonInclude.Include.ALWAYS)
public record Row(
    String item, String what, Double figure, String unit, String target, Boolean holds) {

  /** A figure that only informs. */
  public static Row info(String item, String what, double figure, String unit) {
    return new Row(item, what, figure, unit, "", null);
  }

  public static Row atLeast(String item, String what, double figure, String unit, double bound) {
    return new Row(item, what, figure, unit, "at least " + Numbers.text(bound), figure >= bound);
  }

  public static Row atMost(String item, String what, double figure, String unit, double bound) {
    return new Row(item, what, figure, unit, "at most " + Numbers.text(bound), figure <= bound);
  }

  /** Nothing was measured, which no target survives. */
  public static Row failed(String item, String reason) {
    return new Row(item, "not measured: " + reason, null, "", "a figure", false);
  }
}
