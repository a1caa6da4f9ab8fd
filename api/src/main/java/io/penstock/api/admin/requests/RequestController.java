package io.penstock.api.admin.requests;

import io.penstock.api.admin.live.WaitReasons;
import io.penstock.api.admin.requests.RequestViews.Detail;
import io.penstock.api.admin.requests.RequestViews.Page;
import io.penstock.api.admin.requests.RequestViews.RefusalList;
import io.penstock.api.admin.requests.RequestViews.Running;
import io.penstock.api.admin.requests.RequestViews.RunningList;
import io.penstock.api.admin.requests.RequestViews.Timeline;
import io.penstock.api.gateway.EngineFigures;
import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.gateway.ModelStatus;
import io.penstock.api.gateway.live.LiveFigures;
import io.penstock.api.gateway.live.RequestTrace;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.error.ApiException;
import io.swagger.v3.oas.annotations.Operation;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springdoc.core.annotations.ParameterObject;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Requests that run and that ended: an organization's own, and all for the operator. */
@RestController
class RequestController {
  private static final String OWN = "/v1/organization/requests";
  private static final String ALL = "/admin/requests";
  private static final int MOST_REFUSALS = 200;

  private final RequestSearch search;
  private final RequestStore store;
  private final LiveFigures live;
  private final ModelRegistry models;
  private final AuditLog audit;

  RequestController(
      RequestSearch search,
      RequestStore store,
      LiveFigures live,
      ModelRegistry models,
      AuditLog audit) {
    this.search = search;
    this.store = store;
    this.live = live;
    this.models = models;
    this.audit = audit;
  }

  @GetMapping(OWN)
  @Access(Right.VIEW)
  @Operation(summary = "Requests that ended, newest first")
  Mono<Page> own(
      @ParameterObject RequestFilter filter, @AuthenticationPrincipal Caller.Member caller) {
    return search.page(caller.tenantId(), filter.checked());
  }

  @GetMapping(ALL)
  @Access(Right.OPERATOR)
  @Operation(summary = "Requests of all organizations that ended, newest first")
  Mono<Page> all(@ParameterObject RequestFilter filter) {
    return search.page(null, filter.checked());
  }

  @GetMapping(OWN + "/running")
  @Access(Right.VIEW)
  @Operation(summary = "Requests that run or wait on this server")
  RunningList ownRunning(@AuthenticationPrincipal Caller.Member caller) {
    return running(caller.tenantId());
  }

  @GetMapping(ALL + "/running")
  @Access(Right.OPERATOR)
  @Operation(summary = "Requests of all organizations that run or wait on this server")
  RunningList allRunning() {
    return running(null);
  }

  private RunningList running(UUID tenantId) {
    Collection<RequestTrace> all = live.running();
    Map<String, EngineFigures> figures = figures();
    return RunningList.of(
        all.stream()
            .filter(t -> tenantId == null || t.subject().tenantId().equals(tenantId))
            .toList(),
        reasons(all, figures),
        figures);
  }

  private static WaitReasons reasons(
      Collection<RequestTrace> all, Map<String, EngineFigures> figures) {
    return new WaitReasons(
        all, model -> figures.containsKey(model) ? figures.get(model).waitsFor() : null);
  }

  private Map<String, EngineFigures> figures() {
    return models.all().stream()
        .filter(m -> m.model() != null)
        .collect(Collectors.toMap(ModelStatus::id, m -> m.model().figures()));
  }

  @GetMapping(OWN + "/refused")
  @Access(Right.VIEW)
  @Operation(summary = "Requests that this server refused lately")
  RefusalList ownRefused(@AuthenticationPrincipal Caller.Member caller) {
    return refused(caller.tenantId());
  }

  @GetMapping(ALL + "/refused")
  @Access(Right.OPERATOR)
  @Operation(summary = "Requests of all organizations that this server refused lately")
  RefusalList allRefused() {
    return refused(null);
  }

  private RefusalList refused(UUID tenantId) {
    List<LiveFigures.Refusal> found =
        live.refusals().stream()
            .filter(r -> tenantId == null || r.tenantId().equals(tenantId))
            .toList();
    boolean more = found.size() > MOST_REFUSALS;
    return new RefusalList(more ? found.subList(0, MOST_REFUSALS) : found, more);
  }

  @GetMapping(OWN + "/{requestId}")
  @Access(Right.VIEW)
  @Operation(summary = "A request, where its time went and what it cost")
  Mono<Detail> ownOne(
      @PathVariable String requestId, @AuthenticationPrincipal Caller.Member caller) {
    return one(requestId, caller.tenantId());
  }

  @GetMapping(ALL + "/{requestId}")
  @Access(Right.OPERATOR)
  @Operation(summary = "A request of any organization")
  Mono<Detail> anyOne(@PathVariable String requestId) {
    return one(requestId, null);
  }

  private Mono<Detail> one(String requestId, UUID tenantId) {
    Optional<RequestTrace> trace = live.find(requestId, tenantId);
    if (trace.isPresent() && trace.get().ended() == null) {
      Map<String, EngineFigures> figures = figures();
      Running running =
          Running.of(
              trace.get(),
              reasons(live.running(), figures),
              figures.get(trace.get().subject().model()));
      return Mono.just(new Detail(running, null, null, Timeline.of(trace.get())));
    }
    return store
        .find(requestId, tenantId)
        .flatMap(
            booked ->
                store
                    .prices(booked.model(), booked.priceVersion())
                    .map(Optional::of)
                    .defaultIfEmpty(Optional.empty())
                    .map(
                        prices ->
                            new Detail(
                                null,
                                booked,
                                prices.orElse(null),
                                trace.map(Timeline::of).orElse(null))))
        .switchIfEmpty(Mono.error(() -> noRequest(requestId)));
  }

  @PostMapping(OWN + "/{requestId}/cancel")
  @Access(Right.KEYS)
  @ResponseStatus(HttpStatus.ACCEPTED)
  @Operation(summary = "Ends a running request; what it generated is charged")
  Mono<Cancelled> cancelOwn(
      @PathVariable String requestId, @AuthenticationPrincipal Caller.Member caller) {
    return cancel(requestId, caller.tenantId());
  }

  @PostMapping(ALL + "/{requestId}/cancel")
  @Access(Right.OPERATOR)
  @ResponseStatus(HttpStatus.ACCEPTED)
  @Operation(summary = "Ends a running request of any organization")
  Mono<Cancelled> cancelAny(@PathVariable String requestId) {
    return cancel(requestId, null);
  }

  private Mono<Cancelled> cancel(String requestId, UUID tenantId) {
    return live.find(requestId, tenantId)
        .filter(trace -> trace.ended() == null)
        .map(
            trace ->
                audit.record(
                    Mono.fromSupplier(
                        () -> {
                          live.cancel(requestId, tenantId);
                          Cancelled done =
                              new Cancelled(requestId, "organization.request.cancelled");
                          return new AuditEntry(
                                  trace.subject().tenantId(),
                                  trace.subject().projectId(),
                                  "request.cancelled",
                                  requestId,
                                  null,
                                  done)
                              .with(done);
                        })))
        .orElseGet(
            () ->
                store
                    .find(requestId, tenantId)
                    .<Cancelled>flatMap(_ -> Mono.error(ended(requestId)))
                    .switchIfEmpty(Mono.error(() -> noRequest(requestId))));
  }

  private static ApiException ended(String id) {
    return ApiException.of(
        HttpStatus.CONFLICT,
        ApiException.INVALID_REQUEST,
        "request_ended",
        null,
        "The request " + id + " has ended already.");
  }

  private static ApiException noRequest(String id) {
    return ApiException.notFound(
        "request_not_found",
        null,
        "There is no request %s: it may run on another server, or never reached an engine."
            .formatted(id.length() > 100 ? id.substring(0, 100) : id));
  }

  record Cancelled(String id, String object) {}
}
