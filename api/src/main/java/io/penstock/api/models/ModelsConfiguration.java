package io.penstock.api.models;

import io.penstock.engine.boot.EngineFactory;
import io.penstock.engine.core.ModelLoadException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    return (reference, _) -> {
      Path path = Path.of(reference);
      if (!Files.exists(path)) {
        throw new ModelLoadException(path, "no such file or folder");
      }
      return path;
    };
  }
}
