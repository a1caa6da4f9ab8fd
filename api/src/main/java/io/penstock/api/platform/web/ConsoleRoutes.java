package io.penstock.api.platform.web;

import static org.springframework.web.reactive.function.server.RouterFunctions.route;

import java.net.URI;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** The console's page; its other files are static resources. */
@Configuration(proxyBeanMethods = false)
class ConsoleRoutes {
  private static final Resource PAGE = new ClassPathResource("static/console/index.html");

  @Bean
  RouterFunction<ServerResponse> console() {
    return route()
        // Relative, because a proxy may add a prefix; with a slash, because the page's links are.
        .GET("/console", _ -> ServerResponse.temporaryRedirect(URI.create("console/")).build())
        .GET("/console/", _ -> page())
        .build();
  }

  /** Asked for anew each time: it names the other files, which change their names instead. */
  private static Mono<ServerResponse> page() {
    return PAGE.exists()
        ? ServerResponse.ok()
            .contentType(MediaType.TEXT_HTML)
            .cacheControl(CacheControl.noCache())
            .bodyValue(PAGE)
        : ServerResponse.notFound().build();
  }
}
