package io.penstock.api.tenancy;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Keys that were looked up just now, so that a busy key costs one read a second and not one a
 * request. A change is told to every replica at once ({@link KeyChanges}); whatever was missed
 * counts for {@value #MOST_AGE_MILLIS} ms at most, since nothing older is used. Keys that do not
 * exist are not remembered: guesses must not push out real ones, and a new key works everywhere at
 * once.
 */
@Component
class KeyCache {
  /** From before the database was asked to the last use; below the second that is promised. */
  static final long MOST_AGE_MILLIS = 900;

  private static final long MOST_AGE_NANOS = Duration.ofMillis(MOST_AGE_MILLIS).toNanos();
  private static final long RENEWAL_AGE_NANOS = MOST_AGE_NANOS / 2;
  private static final int MOST_KEYS = 50_000;

  /** A database that has gone without a word must not keep requests until it is back. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final KeyStore keys;
  private final AsyncCache<String, Candidate> cache =
      Caffeine.newBuilder()
          .maximumSize(MOST_KEYS)
          .expireAfterWrite(Duration.ofMillis(MOST_AGE_MILLIS))
          .buildAsync();

  /** Keys that are being read anew; no more than there are keys in the cache. */
  private final ConcurrentMap<String, CompletableFuture<Candidate>> renewals =
      new ConcurrentHashMap<>();

  KeyCache(KeyStore keys) {
    this.keys = keys;
  }

  /** Empty when there is no such key; fails when the database does not answer in time. */
  Mono<Candidate> find(String publicId) {
    return Mono.defer(
        () -> {
          CompletableFuture<Candidate> known = cache.getIfPresent(publicId);
          if (known != null && known.isDone()) {
            long age = ageNanos(known);
            if (age < MOST_AGE_NANOS) {
              if (age > RENEWAL_AGE_NANOS) {
                renew(publicId, known);
              }
              return Mono.just(known.join());
            }
            cache.asMap().remove(publicId, known);
          }
          // Not cancelled when one who waits leaves: others wait for the same answer.
          return Mono.fromFuture(cache.get(publicId, (id, _) -> keys.find(id).toFuture()), true)
              .timeout(PATIENCE);
        });
  }

  private static long ageNanos(CompletableFuture<Candidate> known) {
    Candidate candidate = known.isCompletedExceptionally() ? null : known.getNow(null);
    return candidate == null ? Long.MAX_VALUE : System.nanoTime() - candidate.readAtNanos();
  }

  /**
   * Reads a busy key anew before it is too old, so that no request of it waits. What was forgotten
   * meanwhile stays forgotten: only the entry that was there is replaced.
   */
  private void renew(String publicId, CompletableFuture<Candidate> known) {
    if (renewals.putIfAbsent(publicId, known) != null) {
      return;
    }
    keys.find(publicId)
        .doFinally(_ -> renewals.remove(publicId, known))
        .subscribe(
            found ->
                cache.asMap().replace(publicId, known, CompletableFuture.completedFuture(found)),
            _ -> {}); // it is asked again by who needs it, and told then
  }

  /** Of a key that changed; a look-up that runs meanwhile is not kept. */
  void forget(String publicId) {
    cache.asMap().remove(publicId);
  }

  void forgetAll() {
    cache.asMap().clear();
  }
}
