package io.penstock.bench.sched.live;

import io.penstock.bench.Numbers;
import io.penstock.bench.Report;
import io.penstock.bench.Row;
import io.penstock.bench.sched.live.OpenLoop.Phase;
import io.penstock.engine.boot.SchedulingOptions.Policy;
import java.util.Locale;
import java.util.function.Predicate;

/** Rows of what an engine was measured to do. */
final class LiveRows {
  private static final double WORST = 1.3;
  private static final int LEAST = 50; // requests that a p99 is judged by
  private static final Predicate<LiveRequest> GREEDY = request -> request.tenant == 0;

  private final LiveSettings settings;
  private final Report report;
  private final double rate;
  private final double more;

  /**
   * @param rate requests a second of all tenants
   * @param more those that tenant 0 sends besides
   */
  LiveRows(LiveSettings settings, Report report, double rate, double more) {
    this.settings = settings;
    this.report = report;
    this.rate = rate;
    this.more = more;
  }

  private String item(Policy policy) {
    return "live.%s.%s".formatted(settings.backend(), policy).toLowerCase(Locale.ROOT);
  }

  private String what(Policy policy) {
    return "live, %s, %s: "
        .formatted(settings.backend(), policy == Policy.FAIR ? "ours" : "by arrival");
  }

  /**
   * @param judge whether the ratio is held against its target
   */
  void add(LiveEngine engine, boolean judge) {
    Policy policy = engine.policy;
    Phase alone = Phase.joined(engine.alone);
    Phase beside = Phase.joined(engine.beside);
    String item = item(policy);
    String what = what(policy);
    String others = what + "p99 to the first token of the others, ";
    double[] firstsAlone = alone.firsts(GREEDY.negate());
    double[] firstsBeside = beside.firsts(GREEDY.negate());
    double before = Numbers.percentile(firstsAlone, 0.99);
    double after = Numbers.percentile(firstsBeside, 0.99);
    report.add(
        Row.info(
            item + ".alone",
            others + "%s req/s in all".formatted(Numbers.text(rate)),
            before,
            "ms"));
    report.add(
        Row.info(
            item + ".beside",
            others + "%s more from tenant 0".formatted(Numbers.text(more)),
            after,
            "ms"));
    boolean judged = judge && firstsAlone.length >= LEAST;
    String ratio = others + "with / without it";
    report.add(
        judged
            ? Row.atMost(item + ".ratio", ratio, after / before, "times", WORST)
            : Row.info(item + ".ratio", ratio, after / before, "times"));
    report.add(
        Row.info(
            item + ".greedy",
            what + "p99 to the first token of tenant 0 meanwhile",
            Numbers.percentile(beside.firsts(GREEDY), 0.99),
            "ms"));
    report.add(
        Row.info(
            item + ".rate.alone", what + "output without it", alone.tokensPerSecond(), "tokens/s"));
    report.add(
        Row.info(
            item + ".rate.beside", what + "output with it", beside.tokensPerSecond(), "tokens/s"));
    int requests = alone.requests().size() + beside.requests().size();
    long refusedOthers = alone.refused(GREEDY.negate()) + beside.refused(GREEDY.negate());
    long refused = refusedOthers + alone.refused(GREEDY) + beside.refused(GREEDY);
    report.add(
        Row.info(
            item + ".refused",
            what + "refused of %,d, %,d of them of the others".formatted(requests, refusedOthers),
            refused,
            "requests"));
    long requested = alone.requested() + beside.requested();
    report.add(
        new Row(
            item + ".tokens",
            what + "tokens received",
            (double) (alone.tokens() + beside.tokens()),
            "tokens",
            "the %,d requested".formatted(requested),
            alone.whole() && beside.whole()));
    if (judge && !judged) {
      report.note(
          "live: fewer than %d requests are no p99, so its ratio only informs".formatted(LEAST));
    }
    report.note(
        "live, %s: %d and %d requests of the others measured, p50 %s and %s ms; %d and %d steps of %s and %s ms; sent at most %s ms late (p99)"
            .formatted(
                policy,
                firstsAlone.length,
                firstsBeside.length,
                Numbers.text(Numbers.percentile(firstsAlone, 0.5)),
                Numbers.text(Numbers.percentile(firstsBeside, 0.5)),
                alone.steps(),
                beside.steps(),
                Numbers.text(alone.stepMillis()),
                Numbers.text(beside.stepMillis()),
                Numbers.text(Math.max(alone.lateMillis(), beside.lateMillis()))));
  }
}
