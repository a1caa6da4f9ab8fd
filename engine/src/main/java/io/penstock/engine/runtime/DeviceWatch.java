package io.penstock.engine.runtime;

import io.penstock.engine.client.DeviceMetrics;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What is known of a device besides its steps.
 *
 * @param stepLimit when a call into the device takes longer, the engine says that it is not ready
 *     and refuses requests. A backend gives up by itself, and before that; this is for the case
 *     that it cannot, because a driver's call does not return
 * @param figures of the device, where it tells; called by any thread, must return soon
 */
public record DeviceWatch(Duration stepLimit, Supplier<Optional<DeviceMetrics>> figures) {

  /** A device that cannot get lost and has no figures. */
  public static final DeviceWatch NONE =
      new DeviceWatch(Duration.ofNanos(Long.MAX_VALUE), Optional::empty);
}
