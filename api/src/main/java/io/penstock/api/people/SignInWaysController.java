package io.penstock.api.people;

import io.penstock.api.platform.PenstockProperties;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** What a sign-in page offers. */
@RestController
class SignInWaysController {
  private final DatabaseClient database;
  private final boolean oidc;

  SignInWaysController(DatabaseClient database, PenstockProperties properties) {
    this.database = database;
    this.oidc = properties.oidcIssuer() != null;
  }

  @GetMapping("/auth/ways")
  @Access(Right.PUBLIC)
  Mono<Ways> ways() {
    return database
        .sql("select exists (select from people) as any_people")
        .map(row -> new Ways(!row.get("any_people", Boolean.class), oidc))
        .one();
  }

  /**
   * @param firstRun nobody has an account yet: the first owner is made with the admin key
   * @param oidc whether there is a provider to sign in at
   */
  record Ways(boolean firstRun, boolean oidc) {}
}
