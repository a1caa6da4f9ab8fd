package io.penstock.api.tenancy;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.KeyHolders;
import io.penstock.api.platform.error.ApiException;
import java.util.UUID;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Looks the holders of keys up, as strictly as a request is. */
@Component
class KeyHolderLookup implements KeyHolders {
  private final KeyStore store;
  private final KeyAuthenticator authenticator;

  KeyHolderLookup(KeyStore store, KeyAuthenticator authenticator) {
    this.store = store;
    this.authenticator = authenticator;
  }

  /** From wherever: the request that began the work came from where it might. */
  @Override
  public Mono<Caller.Tenant> tenant(UUID keyId) {
    return store
        .findById(keyId)
        .flatMap(key -> store.find(key.publicId()))
        .map(authenticator::holder)
        .ofType(Caller.Tenant.class)
        .switchIfEmpty(
            Mono.error(() -> ApiException.unauthorized("invalid_api_key", "The API key is gone.")));
  }
}
