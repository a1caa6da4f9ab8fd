package io.penstock.engine.runtime;

import io.penstock.engine.client.EmbedRequest;
import io.penstock.engine.client.EngineRequest;
import io.penstock.engine.client.GenerateEvent;
import io.penstock.engine.client.GenerateEvent.Rejected.Cause;
import io.penstock.engine.client.GenerateRequest;
import io.penstock.engine.core.FinishReason;
import io.penstock.engine.runtime.Work.End;
import io.penstock.engine.sched.Rejection;
import io.penstock.engine.sched.Scheduler;
import io.penstock.engine.sched.SchedulingRequest;
import io.penstock.engine.sched.Submission;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests that the engine's thread knows: from the inbox into the scheduler, and out of it
 * with one terminal event for each choice, however it ends.
 */
final class Requests {
  private static final Logger log = LoggerFactory.getLogger(Requests.class);

  private final Inbox inbox;
  private final Scheduler scheduler;
  private final ChoiceFactory choiceFactory;
  private final long blockBytes;
  private final Map<Long, Work> choices = new HashMap<>();

  /**
   * @param blockBytes of a block of the KV cache
   */
  Requests(Inbox inbox, Scheduler scheduler, ChoiceFactory choiceFactory, long blockBytes) {
    this.inbox = inbox;
    this.scheduler = scheduler;
    this.choiceFactory = choiceFactory;
    this.blockBytes = blockBytes;
  }

  /** The choice or input that a scheduled sequence belongs to. */
  Work work(long sequence) {
    return choices.get(sequence);
  }

  /** Ends what was cancelled and admits what arrived. */
  void takeFromInbox() {
    inbox.takeCancelled().forEach(request -> endAll(request, FinishReason.CANCELLED, null));
    for (ActiveRequest arrived = inbox.poll(); arrived != null; arrived = inbox.poll()) {
      admit(arrived);
    }
  }

  private void admit(ActiveRequest active) {
    EngineRequest request = active.request;
    List<? extends Work> created;
    try {
      created = choiceFactory.create(active);
    } catch (RuntimeException e) {
      log.error("request {} cannot be prepared", request.id(), e);
      reject(active, Cause.UNAVAILABLE, "The request could not be prepared: " + e);
      return;
    }
    if (active.cancelled) {
      active.open.addAll(created);
      endAll(active, FinishReason.CANCELLED, null);
      return;
    }
    switch (scheduler.submit(schedulingRequest(active))) {
      case Submission.Accepted accepted -> {
        for (int i = 0; i < created.size(); i++) {
          Work choice = created.get(i);
          choice.sequence = accepted.firstSequence() + i;
          choices.put(choice.sequence, choice);
          active.open.add(choice);
        }
      }
      case Submission.Refused refused -> reject(active, refused);
    }
    rejectDisplaced();
  }

  private static SchedulingRequest schedulingRequest(ActiveRequest active) {
    long deadline =
        active.request.deadline() == null
            ? SchedulingRequest.NO_DEADLINE
            : active.submittedNanos + active.request.deadline().toNanos();
    return switch (active.request) {
      case GenerateRequest request ->
          new SchedulingRequest(
                  request.id(),
                  request.tenant(),
                  request.tier(),
                  request.priority(),
                  request.promptTokens(),
                  request.sampling().maxTokens(),
                  request.sampling().n(),
                  request.terms(),
                  deadline)
              .scored(request.promptLogprobs() != null);
      case EmbedRequest request ->
          SchedulingRequest.embedding(
              request.id(),
              request.tenant(),
              request.tier(),
              request.priority(),
              new SchedulingRequest.Inputs(request.inputs(), request.params().pooling()),
              request.terms(),
              deadline);
    };
  }

  /** Answers requests that waited and were given up for others, or for their deadline. */
  void rejectDisplaced() {
    for (Rejection rejection : scheduler.takeRejected()) {
      ActiveRequest active = choices.get(rejection.sequence()).owner;
      for (Work choice : active.open) {
        choice.ended = true;
        choices.remove(choice.sequence);
      }
      active.open.clear();
      reject(active, rejection.reason());
    }
  }

  /** Ends what its tenant's budget allows no more tokens. */
  void finishStopped() {
    for (long sequence : scheduler.takeStopped()) {
      finish(choices.get(sequence), new End(FinishReason.LENGTH, null, GenerateEvent.BUDGET_ENDED));
    }
  }

  private void reject(ActiveRequest active, Submission.Refused refused) {
    long retryAfter = refused instanceof Submission.QueueFull full ? full.retryAfterNanos() : 0;
    reject(active, cause(refused), refused.message(), retryAfter);
  }

  private static Cause cause(Submission.Refused refused) {
    return switch (refused) {
      case Submission.QueueFull full ->
          switch (full.bound()) {
            case TENANT -> Cause.TENANT_QUEUE_FULL;
            case TENANT_TOKENS -> Cause.TENANT_QUEUE_TOKENS_FULL;
            case ENGINE, TIER, DISPLACED -> Cause.QUEUE_FULL;
          };
      case Submission.DeadlineUnmeetable _ -> Cause.DEADLINE;
      case Submission.TooLong _ -> Cause.TOO_LONG;
    };
  }

  private void reject(ActiveRequest active, Cause cause, String message) {
    reject(active, cause, message, 0);
  }

  private void reject(ActiveRequest active, Cause cause, String message, long retryAfterNanos) {
    inbox.forget(active);
    active.emit(new GenerateEvent.Rejected(cause, message, retryAfterNanos));
  }

  /** Ends all choices of a request that have not ended. */
  void endAll(ActiveRequest active, FinishReason reason, String error) {
    for (Work choice : List.copyOf(active.open)) {
      finish(choice, new End(reason, null, error));
    }
  }

  /** Ends a choice. A step in flight may still compute for it; its result is not looked at. */
  void finish(Work choice, End end) {
    choice.ended = true;
    choices.remove(choice.sequence);
    choice.used(scheduler.usage(choice.sequence), blockBytes);
    scheduler.finish(choice.sequence);
    choice.owner.open.remove(choice);
    if (choice.owner.open.isEmpty()) {
      inbox.forget(choice.owner);
    }
    choice.finish(end, System.nanoTime());
  }

  /** Ends everything; whatever comes later is refused. */
  void close(String outage) {
    inbox.close(outage);
    for (Work choice : List.copyOf(choices.values())) {
      finish(choice, End.error(outage));
    }
    for (ActiveRequest arrived = inbox.poll(); arrived != null; arrived = inbox.poll()) {
      reject(arrived, Cause.UNAVAILABLE, outage);
    }
  }
}
