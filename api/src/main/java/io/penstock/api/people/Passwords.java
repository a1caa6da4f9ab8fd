package io.penstock.api.people;

import io.penstock.api.platform.error.ApiException;
import jakarta.annotation.PreDestroy;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Argon2id with 19 MiB, two passes and one lane (OWASP's minimum). On two threads of its own with a
 * short queue: a flood of sign-ins takes neither the server's memory nor its event loops.
 */
@Component
class Passwords {
  private static final int SALT_BYTES = 16;
  private static final int HASH_BYTES = 32;
  private static final int LANES = 1;
  private static final int MEMORY_KIB = 19 * 1024;
  private static final int PASSES = 2;

  private static final int LEAST = 10;
  private static final int MOST = 200;
  private static final int THREADS = 2;
  private static final int QUEUE = 64;

  private final Argon2PasswordEncoder encoder =
      new Argon2PasswordEncoder(SALT_BYTES, HASH_BYTES, LANES, MEMORY_KIB, PASSES);
  private final Scheduler scheduler =
      Schedulers.newBoundedElastic(THREADS, QUEUE, "passwords", 60, true);

  /** Compared with when there is no such person, which then takes as long as when there is. */
  private final Mono<String> nobodys = Mono.fromSupplier(() -> encoder.encode("nobody's")).cache();

  /**
   * @throws ApiException 400 when it is too short or too long
   */
  static String requireNew(String param, String password) {
    int length = password == null ? 0 : password.codePointCount(0, password.length());
    if (length < LEAST || length > MOST) {
      throw ApiException.invalid(
          param, "%s must have %d to %d characters.".formatted(param, LEAST, MOST));
    }
    return password;
  }

  Mono<String> hash(String password) {
    return busy(Mono.fromSupplier(() -> encoder.encode(password)));
  }

  /**
   * @param hash empty when there is nobody, or no password
   */
  Mono<Boolean> matches(String password, Optional<String> hash) {
    if (password == null || password.length() > 2 * MOST) {
      return Mono.just(false);
    }
    return busy(
        nobodys.map(other -> encoder.matches(password, hash.orElse(other)) && hash.isPresent()));
  }

  private <T> Mono<T> busy(Mono<T> work) {
    return work.subscribeOn(scheduler)
        .onErrorMap(
            RejectedExecutionException.class,
            _ ->
                ApiException.overloaded(
                    "Too many people sign in at this moment.", Duration.ofSeconds(2)));
  }

  @PreDestroy
  void close() {
    scheduler.dispose();
  }
}
