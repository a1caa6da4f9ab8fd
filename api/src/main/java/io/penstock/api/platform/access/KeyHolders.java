package io.penstock.api.platform.access;

import io.penstock.api.platform.Caller;
import java.util.UUID;
import reactor.core.publisher.Mono;

/** Whom keys belong to now, for work that goes on when the request that began it is over. */
public interface KeyHolders {

  /** By a key's id; fails with 401 when it may not be used any more. */
  Mono<Caller.Tenant> tenant(UUID keyId);
}
