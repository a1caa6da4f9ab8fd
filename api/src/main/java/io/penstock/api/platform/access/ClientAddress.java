package io.penstock.api.platform.access;

import io.penstock.api.platform.PenstockProperties;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.stereotype.Component;

/**
 * The address a request comes from. Anybody can send {@code X-Forwarded-For}, so it counts only
 * when the operator says how many proxies stand in front: each appends the address that it sees,
 * and the entry of the outermost of them is the client's, whatever stands left of it.
 */
@Component
public final class ClientAddress {
  private final int proxies;

  ClientAddress(PenstockProperties properties) {
    this.proxies = properties.trustedProxies();
  }

  /** Null when there is none that can be believed. */
  public InetAddress of(ServerHttpRequest request) {
    InetSocketAddress socket = request.getRemoteAddress();
    InetAddress direct = socket == null ? null : socket.getAddress();
    if (proxies == 0) {
      return direct;
    }
    List<String> hops =
        request.getHeaders().getValuesAsList("X-Forwarded-For").stream()
            .filter(entry -> !entry.isBlank())
            .toList();
    // Fewer entries than proxies: the request came around one of them, and its word counts nothing.
    return hops.size() < proxies ? direct : parse(hops.get(hops.size() - proxies));
  }

  private static InetAddress parse(String hop) {
    String text = hop.strip();
    if (text.startsWith("[")) {
      text = text.substring(1, Math.max(1, text.indexOf(']'))); // [v6]:port
    } else if (text.indexOf(':') == text.lastIndexOf(':') && text.indexOf(':') > 0) {
      text = text.substring(0, text.indexOf(':')); // v4:port
    }
    return Cidr.address(text);
  }
}
