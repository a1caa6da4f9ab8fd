package io.penstock.api.people;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;

/** An OpenID Connect provider that vouches for whom the test says. */
final class FakeProvider implements AutoCloseable {
  static final String CLIENT = "penstock";

  private final HttpServer server;
  private final RSAKey key;
  volatile String email;
  volatile boolean verified = true;
  volatile String nonce;

  FakeProvider() throws IOException, JOSEException {
    key = new RSAKeyGenerator(2048).keyID("k").generate();
    server = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
    server.createContext("/.well-known/openid-configuration", e -> json(e, configuration()));
    server.createContext("/jwks", e -> json(e, new JWKSet(key.toPublicJWK()).toString()));
    server.createContext("/token", e -> json(e, token()));
    server.createContext("/userinfo", e -> json(e, "{\"sub\": \"42\"}"));
    server.start();
  }

  String issuer() {
    return "http://localhost:" + server.getAddress().getPort();
  }

  private String configuration() {
    return """
        {"issuer": "%1$s", "authorization_endpoint": "%1$s/authorize",
         "token_endpoint": "%1$s/token", "jwks_uri": "%1$s/jwks",
         "userinfo_endpoint": "%1$s/userinfo",
         "response_types_supported": ["code"], "subject_types_supported": ["public"],
         "id_token_signing_alg_values_supported": ["RS256"]}
        """
        .formatted(issuer());
  }

  private String token() {
    try {
      SignedJWT jwt =
          new SignedJWT(
              new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("k").build(),
              new JWTClaimsSet.Builder()
                  .issuer(issuer())
                  .subject("42")
                  .audience(CLIENT)
                  .claim("nonce", nonce)
                  .claim("email", email)
                  .claim("email_verified", verified)
                  .claim("name", "Grace")
                  .issueTime(Date.from(Instant.now()))
                  .expirationTime(Date.from(Instant.now().plusSeconds(60)))
                  .build());
      jwt.sign(new RSASSASigner(key));
      return """
          {"access_token": "at", "token_type": "Bearer", "expires_in": 60,
           "scope": "openid email profile", "id_token": "%s"}
          """
          .formatted(jwt.serialize());
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void json(HttpExchange exchange, String text) throws IOException {
    exchange.getRequestBody().readAllBytes();
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
