package io.penstock.engine.hub;

/** Told how far a file has been downloaded; called from the downloading thread. */
@FunctionalInterface
public interface HubProgress {
  HubProgress NONE = (file, done, total) -> {};

  /**
   * @param file name in the repository
   * @param done bytes on disk, those of an earlier attempt included
   * @param total bytes in all, -1 if the hub does not say
   */
  void at(String file, long done, long total);
}
