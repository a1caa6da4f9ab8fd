package io.penstock.api.gateway;

import io.penstock.api.platform.error.ApiException;
import io.penstock.engine.client.ChatTemplateException;
import io.penstock.engine.client.EngineMetrics;
import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.client.ModelInfo;
import io.penstock.engine.core.ConstraintException;
import io.penstock.engine.core.EmbeddingInfo;
import io.penstock.engine.core.OutputConstraint;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** A model that takes requests, as the features see it. */
public final class ServedModel {
  private final InferenceEngine engine;
  private final ModelInfo info;
  private final int longestTokenBytes;
  private final boolean structured;

  ServedModel(InferenceEngine engine) {
    this.engine = engine;
    this.info = engine.model();
    this.longestTokenBytes =
        IntStream.range(0, info.vocabSize())
            .map(id -> engine.text().tokenBytes(id).length)
            .max()
            .orElse(1);
    this.structured = info.generates() && prepares(engine);
  }

  private static boolean prepares(InferenceEngine engine) {
    try {
      engine.prepare(new OutputConstraint.Choice(List.of("a")));
      return true;
    } catch (ConstraintException _) {
      return false;
    }
  }

  InferenceEngine engine() {
    return engine;
  }

  public String id() {
    return info.id();
  }

  /** When it became ready. */
  public Instant loadedAt() {
    return info.loadedAt();
  }

  /** Longest prompt plus output, in tokens. */
  public int maxModelLen() {
    return info.maxModelLen();
  }

  public int vocabSize() {
    return info.vocabSize();
  }

  /** Sampling values that stand in for what a request leaves out, by their OpenAI or vLLM names. */
  public Map<String, Object> generationDefaults() {
    return info.generationDefaults();
  }

  /** Whether it answers chats and completions. */
  public boolean generates() {
    return info.generates();
  }

  /** How it embeds; empty when it does not. */
  public Optional<EmbeddingInfo> embedding() {
    return Optional.ofNullable(info.embedding());
  }

  /** Whether it tells log-probabilities of its prompt. */
  public boolean scoresPrompts() {
    return generates() && embedding().isPresent();
  }

  /** What it can be asked for, by the last parts of the endpoints' names. */
  public List<String> capabilities() {
    List<String> capabilities = new ArrayList<>();
    if (generates()) {
      if (engine.text().hasChatTemplate()) {
        capabilities.add("chat");
      }
      capabilities.add("completions");
    }
    if (embedding().isPresent()) {
      capabilities.add("embeddings");
    }
    return List.copyOf(capabilities);
  }

  /**
   * What requests to generate may ask it for besides: {@code tools}, {@code structured_outputs},
   * {@code reasoning}, {@code prompt_logprobs}.
   */
  public List<String> features() {
    List<String> features = new ArrayList<>();
    boolean chats = generates() && engine.text().hasChatTemplate();
    if (chats) {
      features.add("tools");
    }
    if (structured) {
      features.add("structured_outputs");
    }
    if (chats && chatTemplate().contains("<think>")) {
      features.add("reasoning");
    }
    if (scoresPrompts()) {
      features.add("prompt_logprobs");
    }
    return List.copyOf(features);
  }

  /** For people. */
  public Description description() {
    return new Description(
        info.architecture(), info.dtype(), info.parameters(), info.weightBytes(), info.backend());
  }

  /** How busy it is. */
  public Load load() {
    EngineMetrics m = engine.metrics();
    return new Load(m.running(), m.waiting(), m.kvBlocksTotal(), m.kvBlocksFree());
  }

  /** What its engine and its device did and do; counters grow from its start. */
  public EngineFigures figures() {
    return EngineFigures.of(info, engine.metrics());
  }

  /** Why it takes no requests now; empty when it does. */
  public String unavailableBecause() {
    var state = engine.state();
    return state.ready() ? "" : state.reason();
  }

  /**
   * Compiles what texts must match, unless that has been done lately; takes milliseconds.
   *
   * @throws ConstraintException when it cannot be used, saying why and where
   */
  public void prepare(OutputConstraint constraint) {
    engine.prepare(constraint);
  }

  public int[] encode(String text, boolean addSpecialTokens, boolean parseSpecial) {
    return engine.text().encode(text, addSpecialTokens, parseSpecial);
  }

  /**
   * Tokens that a text has at least, from its length alone: one UTF-16 unit is one byte or more,
   * and no token has more bytes than the longest. Tells a hopelessly long text without encoding it.
   */
  public int leastTokens(String text) {
    return text.length() / Math.max(1, longestTokenBytes);
  }

  /** Whether control tokens are among the ids. */
  public boolean hasControlTokens(int[] ids) {
    return !decode(ids, true).equals(decode(ids, false));
  }

  public String decode(int[] ids, boolean skipSpecialTokens) {
    return engine.text().decode(ids, skipSpecialTokens);
  }

  public byte[] tokenBytes(int id) {
    return engine.text().tokenBytes(id);
  }

  /** Source of the chat template; empty when there is none. */
  public String chatTemplate() {
    return engine.text().chatTemplate();
  }

  /** Renders the chat template; what it refuses becomes a 400 on {@code messages}. */
  public String renderChat(
      List<Map<String, Object>> messages,
      List<Map<String, Object>> tools,
      boolean addGenerationPrompt,
      Map<String, Object> kwargs) {
    if (!engine.text().hasChatTemplate()) {
      throw ApiException.invalid(
          "messages", "Model '%s' has no chat template; use /v1/completions.".formatted(id()));
    }
    try {
      return engine.text().renderChat(messages, tools, addGenerationPrompt, kwargs);
    } catch (ChatTemplateException e) {
      throw ApiException.invalid(
          "messages", "The model's chat template refuses these messages: " + e.getMessage());
    }
  }

  /**
   * @param dtype the dominating weight type
   * @param backend device and instruction set
   */
  public record Description(
      String architecture, String dtype, long parameters, long weightBytes, String backend) {}

  /**
   * @param running sequences in the batch
   * @param waiting requests in the queue
   */
  public record Load(int running, int waiting, int kvBlocksTotal, int kvBlocksFree) {}
}
