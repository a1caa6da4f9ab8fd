package io.penstock.api.alerts;

import io.penstock.api.platform.PenstockProperties;
import io.penstock.api.platform.error.ApiException;
import java.net.URI;
import java.net.URISyntaxException;
import org.springframework.stereotype.Component;

/**
 * Where webhooks may go. A tenant names the address and this server calls it, from inside the
 * operator's network: so only HTTPS, no user and password in it, and only to public addresses (see
 * {@link PublicAddress}; checked again when the name is resolved, at every delivery). The setting
 * {@code webhook-private-networks} lifts this for installations whose tenants are trusted.
 */
@Component
class WebhookUrl {
  private static final int LONGEST = 2000;

  private final boolean privateNetworks;

  WebhookUrl(PenstockProperties properties) {
    this.privateNetworks = properties.webhookPrivateNetworks();
  }

  /** Whether every address may be called. */
  boolean privateNetworks() {
    return privateNetworks;
  }

  /**
   * @throws ApiException 400 that says what is wrong
   */
  URI parse(String text) {
    if (text == null || text.length() > LONGEST) {
      throw wrong("must be a URL of at most " + LONGEST + " characters");
    }
    URI uri;
    try {
      uri = new URI(text);
    } catch (URISyntaxException _) {
      throw wrong("is no URL");
    }
    boolean https = "https".equalsIgnoreCase(uri.getScheme());
    if (!https && !(privateNetworks && "http".equalsIgnoreCase(uri.getScheme()))) {
      throw wrong("must begin with https://");
    }
    if (uri.getHost() == null || uri.getHost().isEmpty()) {
      throw wrong("has no host");
    }
    if (uri.getUserInfo() != null || uri.getFragment() != null) {
      throw wrong("must have neither a user nor a fragment");
    }
    if (!privateNetworks && !PublicAddress.mayBe(uri.getHost())) {
      throw wrong("must not point into a private network");
    }
    return uri;
  }

  private static ApiException wrong(String what) {
    return ApiException.invalid("url", "url " + what + ".");
  }
}
