package io.penstock.api.platform.database;

import io.r2dbc.spi.ConnectionFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.transaction.reactive.TransactionalOperator;

/** Migrates once the embedded database, if there is one, takes connections. */
@Configuration(proxyBeanMethods = false)
class DatabaseConfiguration {

  @Bean
  TransactionalOperator transactions(ConnectionFactory connections) {
    return TransactionalOperator.create(new R2dbcTransactionManager(connections));
  }

  @Bean
  FlywayMigrationStrategy migrateWhenStarted(ObjectProvider<EmbeddedDatabase> embedded) {
    return flyway -> {
      embedded.ifAvailable(EmbeddedDatabase::await);
      flyway.migrate();
    };
  }
}
