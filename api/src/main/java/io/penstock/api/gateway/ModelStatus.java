package io.penstock.api.gateway;

/**
 * A configured model.
 *
 * @param detail progress while loading, reason when failed, else empty; for the operator
 * @param model null unless ready
 * @param progress null unless it is being loaded and tells how far
 */
public record ModelStatus(
    String id, State state, String detail, ServedModel model, Progress progress) {

  /**
   * How far a model has been loaded.
   *
   * @param stage such as {@code weights}, or the name of a file that is fetched
   * @param total 0 when it is not known; in the stage's unit, bytes of weights and files
   */
  public record Progress(String stage, long done, long total) {}

  /** Where a model is in its life. */
  public enum State {
    LOADING,
    READY,
    FAILED
  }
}
