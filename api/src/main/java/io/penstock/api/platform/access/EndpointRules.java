package io.penstock.api.platform.access;

import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.http.server.PathContainer;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.reactive.function.server.support.RouterFunctionMapping;
import org.springframework.web.reactive.result.method.annotation.RequestMappingHandlerMapping;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;
import reactor.core.publisher.Mono;

/** Which right a request's endpoint asks for. What has no rule is refused, not let through. */
@Component
public final class EndpointRules {
  private static final String OURS = "io.penstock.";

  /** Pages and files that carry no {@link Access}: the console's, and the API's description. */
  private static final List<PathPattern> PUBLIC_PAGES =
      patterns(
          "/console",
          "/console/**",
          "/swagger-ui.html",
          "/swagger-ui/**",
          "/webjars/**",
          "/v3/api-docs",
          "/v3/api-docs/**",
          "/v3/api-docs.yaml");

  /** URLs below these belong to callers that prove who they are, also where there is nothing. */
  private static final List<PathPattern> GUARDED =
      patterns("/v1/**", "/admin/**", "/tokenize", "/detokenize");

  private final RequestMappingHandlerMapping controllers;
  private final RouterFunctionMapping routes;
  private final Map<Method, Optional<Right>> byMethod = new ConcurrentHashMap<>();

  /** Endpoints without variables in their path, by method and path: most requests are to these. */
  private volatile Map<String, Right> exact;

  EndpointRules(
      @org.springframework.beans.factory.annotation.Qualifier("requestMappingHandlerMapping") RequestMappingHandlerMapping controllers,
      @org.springframework.beans.factory.annotation.Qualifier("routerFunctionMapping") RouterFunctionMapping routes) {
    this.controllers = controllers;
    this.routes = routes;
  }

  /** What is known of a request's endpoint. */
  sealed interface Rule {
    /** It asks for a right. */
    record Asks(Right right) implements Rule {}

    /** It says nothing: nobody may call it. */
    record Unruled() implements Rule {}

    /**
     * There is no endpoint: the answer will say so.
     *
     * @param guarded only to callers that prove who they are
     */
    record Nothing(boolean guarded) implements Rule {}
  }

  /** The right that is asked for, without asking the dispatcher; null when that must be done. */
  Right known(ServerWebExchange exchange) {
    Map<String, Right> map = exact;
    if (map == null) {
      map = exactRights();
      exact = map;
    }
    return map.get(
        exchange.getRequest().getMethod().name()
            + exchange.getRequest().getPath().pathWithinApplication().value());
  }

  private Map<String, Right> exactRights() {
    Map<String, Right> rights = new HashMap<>();
    Set<String> ambiguous = new HashSet<>();
    List<PathPattern> withVariables =
        controllers.getHandlerMethods().keySet().stream()
            .flatMap(info -> info.getPatternsCondition().getPatterns().stream())
            .filter(PathPattern::hasPatternSyntax)
            .toList();
    controllers
        .getHandlerMethods()
        .forEach(
            (info, method) -> {
              for (RequestMethod verb : info.getMethodsCondition().getMethods()) {
                for (String path : info.getDirectPaths()) {
                  Right right = of(method).orElse(null);
                  // The dispatcher may prefer another, if only for a media type.
                  if (right == null
                      || any(withVariables, PathContainer.parsePath(path))
                      || rights.put(verb.name() + path, right) != null) {
                    ambiguous.add(verb.name() + path);
                  }
                }
              }
            });
    rights.keySet().removeAll(ambiguous);
    return Map.copyOf(rights);
  }

  Mono<Rule> of(ServerWebExchange exchange) {
    PathContainer path = exchange.getRequest().getPath().pathWithinApplication();
    if (any(PUBLIC_PAGES, path)) {
      return Mono.just(new Rule.Asks(Right.PUBLIC));
    }
    return controllers
        .getHandler(exchange)
        .map(this::ofHandler)
        .switchIfEmpty(routes.getHandler(exchange).<Rule>map(_ -> new Rule.Unruled()))
        // A wrong method or media type: the dispatcher will say so to whom may know.
        .onErrorResume(_ -> Mono.just(new Rule.Nothing(any(GUARDED, path))))
        .defaultIfEmpty(new Rule.Nothing(any(GUARDED, path)));
  }

  private Rule ofHandler(Object handler) {
    if (!(handler instanceof HandlerMethod method)) {
      return new Rule.Unruled();
    }
    return of(method).<Rule>map(Rule.Asks::new).orElseGet(Rule.Unruled::new);
  }

  /** The right that a method of a controller asks for; empty when it has no rule. */
  public Optional<Right> of(HandlerMethod method) {
    return byMethod.computeIfAbsent(
        method.getMethod(),
        m -> {
          if (!method.getBeanType().getName().startsWith(OURS)) {
            return Optional.empty();
          }
          Access access = AnnotatedElementUtils.findMergedAnnotation(m, Access.class);
          if (access == null) {
            access = AnnotatedElementUtils.findMergedAnnotation(method.getBeanType(), Access.class);
          }
          return Optional.ofNullable(access).map(Access::value);
        });
  }

  private static List<PathPattern> patterns(String... patterns) {
    return java.util.Arrays.stream(patterns).map(PathPatternParser.defaultInstance::parse).toList();
  }

  private static boolean any(List<PathPattern> patterns, PathContainer path) {
    for (PathPattern pattern : patterns) {
      if (pattern.matches(path)) {
        return true;
      }
    }
    return false;
  }
}
