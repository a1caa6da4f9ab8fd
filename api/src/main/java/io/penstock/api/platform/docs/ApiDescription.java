package io.penstock.api.platform.docs;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import io.swagger.v3.core.jackson.ModelResolver;
import io.swagger.v3.core.jackson.TypeNameResolver;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import java.util.Set;
import org.springdoc.core.providers.ObjectMapperProvider;
import org.springdoc.core.utils.SpringDocUtils;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import tools.jackson.databind.JsonNode;

/** The OpenAPI document: title, key scheme, and fields spelt as they are on the wire. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty(name = "springdoc.api-docs.enabled", matchIfMissing = true)
class ApiDescription {
  private static final String KEY = "key";

  static {
    SpringDocUtils.getConfig()
        .replaceWithClass(JsonNode.class, Object.class)
        .addAnnotationsToIgnore(AuthenticationPrincipal.class);
  }

  @Bean
  OpenAPI openApi() {
    return new OpenAPI()
        .info(
            new Info()
                .title("Penstock")
                .version("0.1.0")
                .description(
                    "OpenAI-compatible API under /v1 (API key of a project), vLLM's /tokenize and"
                        + " /detokenize; an organization's own administration in OpenAI's shapes"
                        + " under /v1/organization (admin key of the organization, a session, or the"
                        + " operator's key with the header OpenAI-Organization); people's sessions"
                        + " under /auth; and the operator's API under /admin (admin key)."))
        .components(
            new Components()
                .addSecuritySchemes(
                    KEY, new SecurityScheme().type(SecurityScheme.Type.HTTP).scheme("bearer")))
        .addSecurityItem(new SecurityRequirement().addList(KEY));
  }

  @Bean
  ModelResolver snakeCase(ObjectMapperProvider provider) {
    return new ModelResolver(
            provider
                .jsonMapper()
                .copy()
                .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE),
            new OuterNames())
        .openapi31(true);
  }

  /** Many records are called Page or View: the class around them tells them apart. */
  private static final class OuterNames extends TypeNameResolver {
    @Override
    protected String nameForClass(Class<?> type, Set<Options> options) {
      String name = super.nameForClass(type, options);
      Class<?> outer = type.getEnclosingClass();
      return outer == null ? name : outer.getSimpleName().replaceAll("Controller$", "") + name;
    }
  }
}
