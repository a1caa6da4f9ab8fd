package io.penstock.bench.ledger.load;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a load process does.
 *
 * @param ports servers of this machine, taken in turn
 * @param key of all requests
 * @param arrivals when requests are sent
 * @param requests of a burst: how many; of the others no more than so many
 * @param connections of a closed loop, and most at the same time of an open one
 * @param rate of an open loop, requests a second
 * @param millis how long it sends
 * @param promptTokens of each request
 * @param maxTokens of each request; none ends sooner by itself
 * @param leaveAfter a client leaves its stream after a random number of tokens up to this; 0 for
 *     never
 * @param leaveAt a client leaves its stream after exactly so many tokens; 0 for never
 * @param attempts of each request of a burst: how often one that is refused with 429 or 503 tries,
 *     in all
 * @param file where the records go
 */
public record LoadSettings(
    List<Integer> ports,
    String key,
    String model,
    Arrivals arrivals,
    int requests,
    int connections,
    double rate,
    int millis,
    int promptTokens,
    int maxTokens,
    int leaveAfter,
    int leaveAt,
    int attempts,
    long seed,
    String file) {

  /** When requests are sent. */
  public enum Arrivals {
    /** All at once. */
    BURST,
    /** Each connection when its last answer has ended. */
    CLOSED,
    /** At random times of a mean rate (Poisson), whatever has become of the others. */
    OPEN
  }

  /** One request at a time for a second, as short as can be. */
  public static LoadSettings of(List<Integer> ports, String key, String model) {
    return new LoadSettings(
        ports, key, model, Arrivals.CLOSED, Integer.MAX_VALUE, 1, 0, 1000, 8, 1, 0, 0, 1, 1, "");
  }

  /** So many requests at once. */
  public LoadSettings burst(int requests) {
    return with(Arrivals.BURST, requests, requests, 0, 0);
  }

  /** So many connections for a time. */
  public LoadSettings closed(int connections, Duration time) {
    return with(Arrivals.CLOSED, Integer.MAX_VALUE, connections, 0, (int) time.toMillis());
  }

  /** So many requests a second for a time. */
  public LoadSettings open(double rate, Duration time) {
    return with(Arrivals.OPEN, Integer.MAX_VALUE, 4096, rate, (int) time.toMillis());
  }

  private LoadSettings with(Arrivals how, int requests, int connections, double rate, int millis) {
    return new LoadSettings(
        ports,
        key,
        model,
        how,
        requests,
        connections,
        rate,
        millis,
        promptTokens,
        maxTokens,
        leaveAfter,
        leaveAt,
        attempts,
        seed,
        file);
  }

  /** Lengths of each request. */
  public LoadSettings tokens(int promptTokens, int maxTokens) {
    return new LoadSettings(
        ports,
        key,
        model,
        arrivals,
        requests,
        connections,
        rate,
        millis,
        promptTokens,
        maxTokens,
        leaveAfter,
        leaveAt,
        attempts,
        seed,
        file);
  }

  /** Clients that leave after up to so many tokens. */
  public LoadSettings leavingAfter(int tokens) {
    return new LoadSettings(
        ports,
        key,
        model,
        arrivals,
        requests,
        connections,
        rate,
        millis,
        promptTokens,
        maxTokens,
        tokens,
        0,
        attempts,
        seed,
        file);
  }

  /** Clients that leave after exactly so many tokens. */
  public LoadSettings leavingAt(int tokens) {
    return new LoadSettings(
        ports,
        key,
        model,
        arrivals,
        requests,
        connections,
        rate,
        millis,
        promptTokens,
        maxTokens,
        0,
        tokens,
        attempts,
        seed,
        file);
  }

  /** Refused requests of a burst try again. */
  public LoadSettings attempts(int attempts) {
    return new LoadSettings(
        ports,
        key,
        model,
        arrivals,
        requests,
        connections,
        rate,
        millis,
        promptTokens,
        maxTokens,
        leaveAfter,
        leaveAt,
        attempts,
        seed,
        file);
  }

  LoadSettings into(String file) {
    return new LoadSettings(
        ports,
        key,
        model,
        arrivals,
        requests,
        connections,
        rate,
        millis,
        promptTokens,
        maxTokens,
        leaveAfter,
        leaveAt,
        attempts,
        seed,
        file);
  }

  List<String> arguments() {
    List<String> arguments = new ArrayList<>();
    Map<String, Object> values = new java.util.LinkedHashMap<>();
    values.put("ports", String.join(",", ports.stream().map(String::valueOf).toList()));
    values.put("key", key);
    values.put("model", model);
    values.put("arrivals", arrivals);
    values.put("requests", requests);
    values.put("connections", connections);
    values.put("rate", rate);
    values.put("millis", millis);
    values.put("promptTokens", promptTokens);
    values.put("maxTokens", maxTokens);
    values.put("leaveAfter", leaveAfter);
    values.put("leaveAt", leaveAt);
    values.put("attempts", attempts);
    values.put("seed", seed);
    values.put("file", file);
    values.forEach((name, value) -> arguments.add(name + "=" + value));
    return arguments;
  }

  static LoadSettings parse(String[] arguments) {
    Map<String, String> values = new HashMap<>();
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      values.put(argument.substring(0, equals), argument.substring(equals + 1));
    }
    return new LoadSettings(
        Arrays.stream(values.get("ports").split(",")).map(Integer::valueOf).toList(),
        values.get("key"),
        values.get("model"),
        Arrivals.valueOf(values.get("arrivals")),
        Integer.parseInt(values.get("requests")),
        Integer.parseInt(values.get("connections")),
        Double.parseDouble(values.get("rate")),
        Integer.parseInt(values.get("millis")),
        Integer.parseInt(values.get("promptTokens")),
        Integer.parseInt(values.get("maxTokens")),
        Integer.parseInt(values.get("leaveAfter")),
        Integer.parseInt(values.get("leaveAt")),
        Integer.parseInt(values.get("attempts")),
        Long.parseLong(values.get("seed")),
        values.get("file"));
  }
}
