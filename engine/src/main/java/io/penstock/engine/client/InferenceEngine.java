package io.penstock.engine.client;

import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.core.InvalidParameterException;
import io.penstock.engine.core.OutputConstraint;
import io.penstock.engine.core.ServiceTier;

/**
 * One loaded model that generates tokens, embeds texts, or both. The only door to the engine for
 * the rest of Penstock.
 *
 * <p>Nothing here assumes shared memory, a shared clock or a call that cannot fail: every outcome
 * of a request, refusal included, arrives as a {@link GenerateEvent}, so an implementation may as
 * well stand on another machine.
 */
public interface InferenceEngine extends AutoCloseable {

  /**
   * Compiles what texts must match, unless that has been done lately, so that requests with it do
   * not wait. To be called before {@link #submit}, on a thread that may compute for some
   * milliseconds.
   *
   * @throws ConstraintException when it cannot be used: it is malformed, asks for something that is
   *     not supported, or takes too long or too much memory to compile
   */
  default void prepare(OutputConstraint constraint) {
    throw new ConstraintException("This model does not support structured output.");
  }

  /** What is served. */
  ModelInfo model();

  /** What it plans its steps for, of requests of a tier; the same for as long as it runs. */
  default LatencyTargets targets(ServiceTier tier) {
    return LatencyTargets.NONE;
  }

  /** The model's tokenizer and chat template. */
  TextCodec text();

  /**
   * Hands a request over and returns at once. Every request ends with exactly one terminal event
   * ({@link GenerateEvent.Finished} for each of its {@code n} choices, or one {@link
   * GenerateEvent.Rejected}); none comes after it.
   *
   * @param listener called on an engine thread, in order, for this request; must not block. A
   *     {@link GenerateEvent.Rejected} may also come on the calling thread, before this returns
   * @throws InvalidParameterException when the prompt is empty or has ids outside the vocabulary;
   *     the listener is not called then
   * @throws ConstraintException as {@link #prepare}
   */
  void submit(GenerateRequest request, GenerateListener listener);

  /**
   * Hands texts over to be embedded, as {@link #submit} does. Every input ends with {@link
   * GenerateEvent.Embedded}, or with {@link GenerateEvent.Finished} if it fails or is cancelled; or
   * the request with one {@link GenerateEvent.Rejected}.
   *
   * @throws InvalidParameterException when the model does not embed, an input is empty or has ids
   *     outside the vocabulary, or more dimensions are asked for than there are; the listener is
   *     not called then
   */
  default void embed(EmbedRequest request, GenerateListener listener) {
    throw new InvalidParameterException("model", "This model does not embed.");
  }

  /**
   * Ends a request within one step and frees its KV blocks; what it generated so far is reported in
   * its terminal event. Unknown or ended ids are ignored.
   */
  void cancel(String requestId);

  /** A snapshot; cheap enough to be scraped. */
  EngineMetrics metrics();

  EngineState state();

  /** Ends all requests with {@code ERROR}, then frees everything. */
  @Override
  void close();
}
