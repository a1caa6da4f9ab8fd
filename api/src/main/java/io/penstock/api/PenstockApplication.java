package io.penstock.api;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** Starts Penstock: the API, its database and its models in one process. */
@SpringBootApplication(proxyBeanMethods = false)
@ConfigurationPropertiesScan
public class PenstockApplication {
  public static void main(String[] arguments) {
    SpringApplication.run(PenstockApplication.class, arguments);
  }
}
