package io.penstock.api.platform.health;

import java.util.Optional;

/** Something that must work before traffic is sent here. */
public interface ReadinessCheck {
  /** Why not yet, for a person; empty when it works. */
  Optional<String> notReadyBecause();
}
