package io.penstock.bench.clients;

import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.core.FinishReason;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The text of a request with one choice, as it comes. */
final class StructuredAnswer {
  private final SchemaFile schema;
  private final StringBuilder text = new StringBuilder();
  private final CountDownLatch done = new CountDownLatch(1);
  private FinishReason reason;
  private String failure;
  private int tokens;

  StructuredAnswer(SchemaFile schema) {
    this.schema = schema;
  }

  void onEvent(GenerateEvent event) {
    switch (event) {
      case GenerateEvent.Token token -> {
        text.append(token.text());
        tokens++;
      }
      case GenerateEvent.Finished finished -> {
        text.append(finished.text());
        reason = finished.reason();
        failure = finished.error();
        done.countDown();
      }
      case GenerateEvent.Embedded _, GenerateEvent.Prompt _ ->
          throw new IllegalStateException("nobody asked for it");
      case GenerateEvent.Rejected rejected -> {
        failure = rejected.message();
        done.countDown();
      }
    }
  }

  boolean hasEnded() {
    return done.getCount() == 0;
  }

  void await(Duration patience) throws InterruptedException {
    if (!done.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException("no end after " + patience.toSeconds() + " s");
    }
    if (failure != null) {
      throw new IllegalStateException(failure);
    }
  }

  SchemaFile schema() {
    return schema;
  }

  /** Whether its length decided where it ended. */
  boolean isShortened() {
    return reason == FinishReason.LENGTH;
  }

  int tokens() {
    return tokens;
  }

  String text() {
    return text.toString();
  }
}
