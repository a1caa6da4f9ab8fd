package io.penstock.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.client.ChoiceStep;
import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.GenerateListener;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Keeps a request's events and waits for the last one. */
public class Recorder implements GenerateListener {
  private final List<GenerateEvent> events = new ArrayList<>();
  private final CountDownLatch open;
  private final List<ChoiceStep> steps = new CopyOnWriteArrayList<>();
  private int surplus;

  public Recorder(int choices) {
    open = new CountDownLatch(choices);
  }

  @Override
  public void onEvent(GenerateEvent event) {
    synchronized (events) {
      events.add(event);
      switch (event) {
        case GenerateEvent.Token _ -> {}
        case GenerateEvent.Finished _ -> {
          surplus += open.getCount() == 0 ? 1 : 0;
          open.countDown();
        }
        case GenerateEvent.Embedded _ -> {
          surplus += open.getCount() == 0 ? 1 : 0;
          open.countDown();
        }
        case GenerateEvent.Rejected _ -> {
          surplus += open.getCount() == 0 ? 1 : 0;
          while (open.getCount() > 0) {
            open.countDown();
          }
        }
      }
    }
  }

  @Override
  public void onStep(int choice, ChoiceStep step) {
    if (choice == 0) {
      steps.add(step);
    }
  }

  /** Of the first choice, as they were told while it ran. */
  List<ChoiceStep> steps() {
    return steps;
  }

  public Recorder await() {
    try {
      assertThat(open.await(60, TimeUnit.SECONDS)).as("terminal events arrived").isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    synchronized (events) {
      assertThat(surplus).as("terminal events too many").isZero();
    }
    return this;
  }

  public List<GenerateEvent> events() {
    synchronized (events) {
      return List.copyOf(events);
    }
  }

  public List<Integer> tokens(int choice) {
    return events().stream()
        .filter(e -> e instanceof GenerateEvent.Token t && t.choice() == choice)
        .map(e -> ((GenerateEvent.Token) e).token().id())
        .toList();
  }

  /** All text of a choice, what was held back included. */
  public String text(int choice) {
    StringBuilder text = new StringBuilder();
    for (GenerateEvent event : events()) {
      switch (event) {
        case GenerateEvent.Token t when t.choice() == choice -> text.append(t.text());
        case GenerateEvent.Finished f when f.choice() == choice -> text.append(f.text());
        default -> {}
      }
    }
    return text.toString();
  }

  public GenerateEvent.Finished finished(int choice) {
    return events().stream()
        .filter(e -> e instanceof GenerateEvent.Finished f && f.choice() == choice)
        .map(e -> (GenerateEvent.Finished) e)
        .findFirst()
        .orElseThrow();
  }

  public GenerateEvent.Rejected rejected() {
    return (GenerateEvent.Rejected) events().getFirst();
  }
}
