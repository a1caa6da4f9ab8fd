package io.penstock.api.gateway;

import io.penstock.engine.client.ChoiceStep;
import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.GenerateListener;

/** Times the first token and the gaps between tokens of one engine request as they leave it. */
final class TokenClock implements GenerateListener {
  private final GatewayMetrics.TokenLatency latency;
  private final GenerateListener next;
  private final long submitted = System.nanoTime();
  private long[] last = new long[1];

  TokenClock(GatewayMetrics.TokenLatency latency, GenerateListener next) {
    this.latency = latency;
    this.next = next;
  }

  @Override
  public void onEvent(GenerateEvent event) {
    if (event instanceof GenerateEvent.Token token) {
      long now = System.nanoTime();
      int choice = token.choice();
      if (choice >= last.length) {
        last = java.util.Arrays.copyOf(last, choice + 1);
      }
      if (last[choice] == 0) {
        latency.first().record(now - submitted);
      } else {
        latency.between().record(now - last[choice]);
      }
      last[choice] = now;
    }
    next.onEvent(event);
  }

  @Override
  public void onStep(int choice, ChoiceStep step) {
    next.onStep(choice, step);
  }
}
