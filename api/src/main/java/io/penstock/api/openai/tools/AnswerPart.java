package io.penstock.api.openai.tools;

/** A piece of an answer, in the order in which the model wrote it. */
public sealed interface AnswerPart {

  /** What the model thought before it answered. */
  record Reasoning(String text) implements AnswerPart {}

  /** What it says to the user. */
  record Content(String text) implements AnswerPart {}

  /**
   * It begins to call a tool.
   *
   * @param index of the call within the answer, from 0
   * @param id by which the tool's result names the call
   */
  record CallStart(int index, String id, String name) implements AnswerPart {}

  /**
   * Further text of a call's arguments. All of a call's together are one JSON object, unless the
   * answer ended within it.
   */
  record CallArguments(int index, String text) implements AnswerPart {}
}
