package io.penstock.api.gateway;

/**
 * A configured model.
 *
 * @param detail progress while loading, reason when failed, else empty; for the operator
 * @param model null unless ready
 */
public record ModelStatus(String id, State state, String detail, ServedModel model) {
  /** Where a model is in its life. */
  public enum State {
    LOADING,
    READY,
    FAILED
  }
}
