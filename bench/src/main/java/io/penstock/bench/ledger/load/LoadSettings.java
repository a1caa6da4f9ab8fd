package io.penstock.bench.ledger.load;

import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a load process does.
 *
 * @param ports servers of this machine, taken in turn
 * @param key of all requests
 * @param file where the records go
 */
public record LoadSettings(
    List<Integer> ports,
    String key,
    String model,
    Schedule schedule,
    Client client,
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

  /**
   * @param requests of a burst: how many; of the others no more than so many
   * @param connections of a closed loop, and most at the same time of an open one
   * @param rate of an open loop, requests a second
   * @param millis how long it sends
   */
  record Schedule(Arrivals arrivals, int requests, int connections, double rate, int millis) {}

  /**
   * What a client asks for and how it behaves.
   *
   * @param promptTokens of each request
   * @param maxTokens of each request; none ends sooner by itself
   * @param leaveAfter it leaves its stream after a random number of tokens up to this; 0 for never
   * @param leaveAt it leaves its stream after exactly so many tokens; 0 for never
   * @param attempts of each request of a burst: how often one that is refused with 429 or 503
   *     tries, in all
   */
  record Client(int promptTokens, int maxTokens, int leaveAfter, int leaveAt, int attempts) {
    /** Tokens after which a client leaves; 0 for never. */
    int leave(SplittableRandom random) {
      if (leaveAt > 0 || leaveAfter == 0) {
        return leaveAt;
      }
      return random.nextInt(1, leaveAfter + 1);
    }
  }

  /** One request at a time for a second, as short as can be. */
  public static LoadSettings of(List<Integer> ports, String key, String model) {
    return new LoadSettings(
        ports,
        key,
        model,
        new Schedule(Arrivals.CLOSED, Integer.MAX_VALUE, 1, 0, 1000),
        new Client(8, 1, 0, 0, 1),
        1,
        "");
  }

  /** Other servers. */
  public LoadSettings at(List<Integer> others) {
    return new LoadSettings(others, key, model, schedule, client, seed, file);
  }

  /** So many requests at once. */
  public LoadSettings burst(int requests) {
    return with(new Schedule(Arrivals.BURST, requests, requests, 0, 0));
  }

  /** So many connections for a time. */
  public LoadSettings closed(int connections, Duration time) {
    return with(
        new Schedule(
            Arrivals.CLOSED, Integer.MAX_VALUE, connections, 0, Math.toIntExact(time.toMillis())));
  }

  /** So many requests a second for a time. */
  public LoadSettings open(double rate, Duration time) {
    return with(
        new Schedule(
            Arrivals.OPEN, Integer.MAX_VALUE, 4096, rate, Math.toIntExact(time.toMillis())));
  }

  /** Lengths of each request. */
  public LoadSettings tokens(int promptTokens, int maxTokens) {
    return with(
        new Client(promptTokens, maxTokens, client.leaveAfter, client.leaveAt, client.attempts));
  }

  /** Clients that leave after up to so many tokens. */
  public LoadSettings leavingAfter(int tokens) {
    return with(new Client(client.promptTokens, client.maxTokens, tokens, 0, client.attempts));
  }

  /** Clients that leave after exactly so many tokens. */
  public LoadSettings leavingAt(int tokens) {
    return with(new Client(client.promptTokens, client.maxTokens, 0, tokens, client.attempts));
  }

  /** Refused requests of a burst try again. */
  public LoadSettings attempts(int attempts) {
    return with(
        new Client(
            client.promptTokens, client.maxTokens, client.leaveAfter, client.leaveAt, attempts));
  }

  private LoadSettings with(Schedule changed) {
    return new LoadSettings(ports, key, model, changed, client, seed, file);
  }

  private LoadSettings with(Client changed) {
    return new LoadSettings(ports, key, model, schedule, changed, seed, file);
  }

  LoadSettings into(String path) {
    return new LoadSettings(ports, key, model, schedule, client, seed, path);
  }

  /** For {@link #parse} in the load process. */
  String argument() {
    return JsonMapper.shared().writeValueAsString(this);
  }

  static LoadSettings parse(String argument) {
    return JsonMapper.shared().readValue(argument, LoadSettings.class);
  }
}
