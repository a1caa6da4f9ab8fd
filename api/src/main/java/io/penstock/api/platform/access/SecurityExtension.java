package io.penstock.api.platform.access;

import org.springframework.security.config.web.server.ServerHttpSecurity;

/** Another way into the security chain, such as a redirect to where people sign in. */
@FunctionalInterface
public interface SecurityExtension {
  void addTo(ServerHttpSecurity http);
}
