package io.penstock.api.platform.database;

import java.util.HashMap;
import java.util.Map;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Lets one URL be enough: Flyway speaks JDBC and everything else R2DBC, so whichever of the two is
 * missing is derived from the other, credentials included.
 */
final class OutsideDatabase {
  private OutsideDatabase() {}

  static void complete(ConfigurableEnvironment environment) {
    String r2dbc = environment.getProperty("spring.r2dbc.url");
    String jdbc =
        environment.getProperty(
            "spring.flyway.url", environment.getProperty("spring.datasource.url", ""));
    Map<String, Object> derived = new HashMap<>();
    if (r2dbc == null) {
      derived.put("spring.r2dbc.url", jdbc.replaceFirst("^jdbc:", "r2dbc:"));
    }
    if (!environment.containsProperty("spring.flyway.url")) {
      derived.put(
          "spring.flyway.url",
          jdbc.isEmpty() && r2dbc != null
              ? "jdbc:"
                  + r2dbc.replaceFirst("^r2dbcs?:(pool:)?", "").replaceFirst("//[^/@]*@", "//")
              : jdbc);
    }
    copy(
        environment,
        derived,
        "spring.r2dbc.username",
        "spring.flyway.user",
        "spring.datasource.username");
    copy(
        environment,
        derived,
        "spring.r2dbc.password",
        "spring.flyway.password",
        "spring.datasource.password");
    environment.getPropertySources().addLast(new MapPropertySource("outsideDatabase", derived));
  }

  /** Gives every missing property of the group the value of the first present one. */
  private static void copy(
      ConfigurableEnvironment environment, Map<String, Object> derived, String... group) {
    for (String from : group) {
      String value = environment.getProperty(from);
      if (value != null) {
        for (String to : group) {
          if (!environment.containsProperty(to)) {
            derived.put(to, value);
          }
        }
        return;
      }
    }
  }
}
