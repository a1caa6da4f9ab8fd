package io.penstock.api.platform.database;

import io.penstock.api.platform.PenstockProperties;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.bootstrap.ConfigurableBootstrapContext;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Starts the embedded database when no other one is configured, before the application context
 * exists, and points Spring's own properties at it.
 */
final class EmbeddedDatabaseStarter implements EnvironmentPostProcessor, Ordered {
  private static final List<String> OUTSIDE_DATABASE =
      List.of("spring.r2dbc.url", "spring.flyway.url", "spring.datasource.url");

  private final ConfigurableBootstrapContext bootstrap;

  EmbeddedDatabaseStarter(ConfigurableBootstrapContext bootstrap) {
    this.bootstrap = bootstrap;
  }

  /** After the check of settings, so that a misspelt one starts nothing. */
  @Override
  public int getOrder() {
    return Ordered.LOWEST_PRECEDENCE - 10;
  }

  @Override
  public void postProcessEnvironment(
      ConfigurableEnvironment environment, SpringApplication application) {
    if (OUTSIDE_DATABASE.stream().anyMatch(environment::containsProperty)) {
      OutsideDatabase.complete(environment);
      return;
    }
    PenstockProperties properties =
        Binder.get(environment).bindOrCreate("penstock", PenstockProperties.class);
    EmbeddedDatabase database = EmbeddedDatabase.start(properties.dataDirectory());
    // Spring's shutdown hook runs this after the context has closed, or failed to start.
    SpringApplication.getShutdownHandlers().add(database::close);
    environment
        .getPropertySources()
        .addFirst(
            new MapPropertySource(
                "embeddedDatabase",
                Map.of(
                    "spring.r2dbc.url", database.r2dbcUrl(),
                    "spring.r2dbc.username", database.user(),
                    "spring.r2dbc.password", database.password(),
                    "spring.flyway.url", database.jdbcUrl(),
                    "spring.flyway.user", database.user(),
                    "spring.flyway.password", database.password())));
    bootstrap.addCloseListener(
        event ->
            register(
                (DefaultListableBeanFactory) event.getApplicationContext().getBeanFactory(),
                database));
  }

  /** Registered first, so destroyed last, after everything that uses it. */
  private static void register(DefaultListableBeanFactory beans, EmbeddedDatabase database) {
    beans.registerSingleton("embeddedDatabase", database);
    beans.registerDisposableBean("embeddedDatabase", database::close);
  }
}
