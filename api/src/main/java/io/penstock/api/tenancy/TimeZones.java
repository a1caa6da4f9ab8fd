package io.penstock.api.tenancy;

import io.penstock.api.platform.error.ApiException;
import java.time.ZoneId;
import java.time.zone.ZoneRulesProvider;

/** Time zones by their IANA names. */
final class TimeZones {
  private TimeZones() {}

  /**
   * @throws ApiException 400 when there is no such zone
   */
  static String require(String param, String name) {
    // Not offsets: a tenant's days follow its clocks, with summer time.
    if (!ZoneRulesProvider.getAvailableZoneIds().contains(name)) {
      throw ApiException.invalid(
          param, param + " must be an IANA time zone such as UTC or Europe/Berlin.");
    }
    return ZoneId.of(name).getId();
  }
}
