package io.penstock.api.models;

import io.penstock.engine.boot.EngineFactory;
import io.penstock.engine.boot.ModelLocator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Where models come from and what makes engines of them. */
@Configuration(proxyBeanMethods = false)
class ModelsConfiguration {

  @Bean
  EngineLoader engineLoader() {
    return EngineFactory::load;
  }

  @Bean
  ModelSource modelSource() {
    return ModelLocator::resolve;
  }
}
