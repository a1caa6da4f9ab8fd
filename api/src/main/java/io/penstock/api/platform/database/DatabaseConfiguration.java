package io.penstock.api.platform.database;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Migrates once the embedded database, if there is one, takes connections. */
@Configuration(proxyBeanMethods = false)
class DatabaseConfiguration {

  @Bean
  FlywayMigrationStrategy migrateWhenStarted(ObjectProvider<EmbeddedDatabase> embedded) {
    return flyway -> {
      embedded.ifAvailable(EmbeddedDatabase::await);
      flyway.migrate();
    };
  }
}
