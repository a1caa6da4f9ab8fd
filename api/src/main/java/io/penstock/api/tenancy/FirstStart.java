package io.penstock.api.tenancy;

import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.platform.PenstockProperties;
import io.penstock.api.platform.SettingException;
import io.penstock.api.platform.StartupNote;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Makes a new installation usable: a tenant, an admin key and a first API key.
 *
 * <p>Keys come from the configuration when they are preset there, at every start: a changed preset
 * replaces the one before it, and for the admin key also a generated one, so that a lost admin key
 * can be replaced. Otherwise they are generated when there is none, and shown once.
 */
@Component
class FirstStart implements SmartLifecycle, StartupNote {
  static final String DEFAULT_TENANT = "default";
  private static final Logger LOG = LoggerFactory.getLogger(FirstStart.class);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int SHORT = 20;

  private final PenstockProperties properties;
  private final TenantStore tenants;
  private final ProjectStore projects;
  private final KeyStore keys;
  private final KeyHasher hasher;
  private final ModelRegistry models;
  private final AuditLog audit;
  private ApiKey generatedAdminKey;
  private ApiKey generatedApiKey;
  private boolean running;

  FirstStart(
      PenstockProperties properties,
      TenantStore tenants,
      ProjectStore projects,
      KeyStore keys,
      KeyHasher hasher,
      ModelRegistry models,
      AuditLog audit) {
    this.properties = properties;
    this.tenants = tenants;
    this.projects = projects;
    this.keys = keys;
    this.hasher = hasher;
    this.models = models;
    this.audit = audit;
  }

  @Override
  public void start() {
    if (properties.adminKey() != null && properties.adminKey().equals(properties.apiKey())) {
      throw new SettingException("PENSTOCK_ADMIN_KEY and PENSTOCK_API_KEY must differ.");
    }
    UUID tenantId =
        tenants
            .insert(DEFAULT_TENANT, "UTC")
            .switchIfEmpty(tenants.findByName(DEFAULT_TENANT))
            .blockOptional(PATIENCE)
            .orElseThrow()
            .id();
    ProjectStore.Project project =
        projects.ofDefault(tenantId).blockOptional(PATIENCE).orElseThrow();
    generatedAdminKey = ensure("admin", null, properties.adminKey(), "PENSTOCK_ADMIN_KEY");
    generatedApiKey = ensure("tenant", project, properties.apiKey(), "PENSTOCK_API_KEY");
    running = true;
  }

  /** Returns the key if it was generated now. */
  private ApiKey ensure(String role, ProjectStore.Project project, String preset, String setting) {
    if (preset != null) {
      ApiKey key = ApiKey.of(checked(preset, setting), hasher);
      preset(key, project)
          .thenMany(keys.revokePreset(role, key.publicId(), role.equals("admin")))
          .concatMap(old -> audit.record(Mono.just(entry(KeyActs.DELETED, old))))
          .blockLast(PATIENCE);
      return null;
    }
    return keys.exists(role)
        .flatMap(
            exists -> {
              if (exists) {
                return Mono.<ApiKey>empty();
              }
              ApiKey key = ApiKey.generate(role.equals("admin"));
              return created(key, project, "first key", "first-start").thenReturn(key);
            })
        .block(PATIENCE);
  }

  /** At every start but the first there is nothing to do. */
  private Mono<StoredKey> preset(ApiKey key, ProjectStore.Project project) {
    return keys.find(key.publicId())
        .map(Candidate::key)
        .filter(found -> !found.status(Instant.now()).equals("revoked"))
        .flatMap(_ -> keys.insert(newKey(key, project, "preset", "preset")))
        .switchIfEmpty(Mono.defer(() -> created(key, project, "preset", "preset")));
  }

  private Mono<StoredKey> created(
      ApiKey key, ProjectStore.Project project, String name, String origin) {
    return audit.record(
        keys.insert(newKey(key, project, name, origin))
            .map(stored -> entry(KeyActs.CREATED, stored)));
  }

  private static AuditEntry.Done<StoredKey> entry(String action, StoredKey key) {
    return new AuditEntry(
            key.tenantId(), key.projectId(), action, key.id(), null, KeySummary.of(key))
        .with(key);
  }

  /**
   * @param project null for the operator's key
   */
  private KeyStore.NewKey newKey(
      ApiKey key, ProjectStore.Project project, String name, String origin) {
    return new KeyStore.NewKey(
        key,
        hasher.hash(key),
        project == null ? null : project.tenantId(),
        project == null ? null : project.id(),
        name,
        origin,
        project == null ? KeyRestrictions.OPERATOR : KeyRestrictions.NONE,
        null,
        null,
        null);
  }

  private static String checked(String key, String setting) {
    if (!key.matches("[\\x21-\\x7e]{8,200}")) {
      throw new SettingException(
          setting + " must have 8 to 200 printable ASCII characters and no blanks.");
    }
    if (key.length() < SHORT) {
      LOG.warn("{} is short; take at least {} random characters on a network", setting, SHORT);
    }
    return key;
  }

  @Override
  public List<String> lines(String baseUrl) {
    if (generatedAdminKey == null && generatedApiKey == null) {
      return List.of();
    }
    java.util.ArrayList<String> lines = new java.util.ArrayList<>();
    lines.add("First credentials, shown this once:");
    if (generatedAdminKey != null) {
      lines.add("  admin key  " + generatedAdminKey.text());
    }
    if (generatedApiKey != null) {
      lines.add("  API key    " + generatedApiKey.text());
      lines.add("");
      lines.add("Try it:");
      lines.add("  curl -N " + baseUrl + "/v1/chat/completions \\");
      lines.add("    -H 'Authorization: Bearer " + generatedApiKey.text() + "' \\");
      lines.add("    -H 'Content-Type: application/json' \\");
      lines.add(
          "    -d '{\"model\": \"%s\", \"stream\": true, \"messages\": [{\"role\": \"user\", \"content\": \"Why is the sky blue?\"}]}'"
              .formatted(models.all().getFirst().id()));
    }
    return lines;
  }

  @Override
  public void stop() {
    running = false;
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** Before the web server starts, after the writers of last use and usage. */
  @Override
  public int getPhase() {
    return 2000;
  }
}
