package io.penstock.api.quota.price;

import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** All prices as they were at one time. */
public final class PriceList {
  /** Nothing has a price. */
  public static final PriceList EMPTY = new PriceList(List.of());

  private final Map<String, NavigableMap<Instant, Price>> byModel = new HashMap<>();

  public PriceList(List<Price> prices) {
    prices.stream()
        .sorted(Comparator.comparingInt(Price::version))
        .forEach(
            price ->
                byModel
                    .computeIfAbsent(price.model(), _ -> new TreeMap<>())
                    .put(price.validFrom(), price));
  }

  /** What counts for requests admitted at that time; {@link Price#FREE} where nothing does. */
  public Price at(String model, Instant time) {
    NavigableMap<Instant, Price> prices = byModel.get(model);
    if (prices == null) {
      return Price.FREE;
    }
    Map.Entry<Instant, Price> price = prices.floorEntry(time);
    return price == null ? Price.FREE : price.getValue();
  }
}
