package io.penstock.api.platform;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Every setting of Penstock. Each is a Spring property, so {@code penstock.max-num-seqs} is also
 * the environment variable {@code PENSTOCK_MAX_NUM_SEQS} and the flag {@code
 * --penstock.max-num-seqs=64}. Keys that are not here stop the start: {@link SettingsCheck}.
 *
 * @param port where HTTP is served
 * @param dataDir folder of the embedded database and of generated secrets
 * @param adminKey preset admin key; generated on the first start when unset
 * @param apiKey preset first API key of the default tenant; generated when unset
 * @param keyPepper secret under which key hashes are computed, for several replicas on one
 *     database; generated in the data folder when unset
 * @param trustedProxies reverse proxies in front of the server, whose {@code X-Forwarded-For} is
 *     believed; 0: none, a client's address is its socket's
 * @param sessionLifetime how long a person stays signed in
 * @param secureCookies whether session cookies are sent over HTTPS only
 * @param oidcIssuer OpenID Connect provider that people may sign in with; none when unset
 * @param oidcClientId the client that is registered there
 * @param oidcClientSecret its secret
 * @param oidcRedirectUri where the provider sends people back to; what the request was sent to when
 *     unset, which is not what people see behind a proxy
 * @param model models to serve: a path, a Hugging Face id or NAME=PATH
 * @param backend which device computes
 * @param device which GPU, as CUDA counts: one for all models, or one for each
 * @param gpuMemoryUtilization share of a GPU's memory that a model may use, above 0 and at most 1:
 *     one for all models, or one for each; empty for {@value #DEFAULT_GPU_SHARE} shared evenly by
 *     the models of a GPU
 * @param threads CPU threads of an engine; 0 for one per available processor
 * @param maxModelLen longest prompt plus output in tokens; 0 for what model and cache allow
 * @param kvCacheSize KV cache of a model; 0 for a default that suits the device
 * @param swapSpace host memory of a model for the KV caches of preempted sequences; 0 for none;
 *     what suits the device when unset
 * @param maxNumSeqs most sequences in one engine step; 0 for what suits the device
 * @param maxNumBatchedTokens most tokens in one engine step; 0 for what suits the device
 * @param maxQueuedRequests requests that may wait for a model; more get 503 with Retry-After
 * @param maxQueuedRequestsPerTier those of one tier: for all, or for each; 0 for no bound of its
 *     own
 * @param maxQueuedTokensPerTier tokens, prompt and most output, that may wait in a tier: for all,
 *     or for each; 0 for no bound
 * @param maxQueuedRequestsPerTenant requests of one tenant that may wait in a tier, unless its plan
 *     says otherwise; 0 for no bound of its own
 * @param schedulingPolicy who goes first
 * @param interTokenTarget longest time between two tokens of an answer, for each tier: prompts of
 *     others are computed in as small parts as that takes; 0 for none
 * @param timeToFirstTokenTarget for each tier, how long a short prompt that goes before others
 *     should take to its first token; later ones are counted; 0 for none
 * @param interposedSteps whether a running step pauses for prompts of the priority tier, where the
 *     device can
 * @param minimumShare share of the device's time, for each tier, that it gets while it waits,
 *     whatever higher tiers want
 * @param maxTenantLabels tenants that metrics name, those that use most; all others count together
 * @param maxBodySize largest request body; more gets 413
 * @param maxPromptsPerRequest most prompts that one completions request may carry
 * @param usageQueueCapacity usage rows that may be held in memory while the database is slow or
 *     away; beyond it requests get 503, so that no row is ever dropped
 * @param webhookPrivateNetworks whether tenants' webhooks may go to private addresses, and by plain
 *     HTTP; only where every tenant is trusted
 * @param retention how long responses, files and batches that clients stored are kept
 * @param drainTimeout how long running requests may finish at shutdown
 */
@ConfigurationProperties("penstock")
public record PenstockProperties(
    @DefaultValue("8080") int port,
    @DefaultValue("data") String dataDir,
    String adminKey,
    String apiKey,
    String keyPepper,
    @DefaultValue("0") int trustedProxies,
    @DefaultValue("12h") Duration sessionLifetime,
    @DefaultValue("false") boolean secureCookies,
    String oidcIssuer,
    String oidcClientId,
    String oidcClientSecret,
    String oidcRedirectUri,
    @DefaultValue(DEFAULT_MODEL) List<String> model,
    @DefaultValue("auto") Backend backend,
    @DefaultValue("0") List<Integer> device,
    @DefaultValue List<Double> gpuMemoryUtilization,
    @DefaultValue("0") int threads,
    @DefaultValue("0") int maxModelLen,
    @DefaultValue("0B") DataSize kvCacheSize,
    DataSize swapSpace,
    @DefaultValue("0") int maxNumSeqs,
    @DefaultValue("0") int maxNumBatchedTokens,
    @DefaultValue("256") int maxQueuedRequests,
    @DefaultValue List<Integer> maxQueuedRequestsPerTier,
    @DefaultValue List<Long> maxQueuedTokensPerTier,
    @DefaultValue("0") int maxQueuedRequestsPerTenant,
    @DefaultValue("fair") SchedulingPolicy schedulingPolicy,
    @DefaultValue List<Duration> interTokenTarget,
    @DefaultValue List<Duration> timeToFirstTokenTarget,
    @DefaultValue("true") boolean interposedSteps,
    @DefaultValue List<Double> minimumShare,
    @DefaultValue("20") int maxTenantLabels,
    @DefaultValue("8MB") DataSize maxBodySize,
    @DefaultValue("64") int maxPromptsPerRequest,
    @DefaultValue("20000") int usageQueueCapacity,
    @DefaultValue("false") boolean webhookPrivateNetworks,
    @DefaultValue("30d") Duration retention,
    @DefaultValue("20s") Duration drainTimeout) {

  /** The bundled model, relative to the working directory. */
  public static final String DEFAULT_MODEL = "models/SmolLM2-135M-Instruct.Q4_1.gguf";

  /** Where people come back to after signing in elsewhere; as they reached this server. */
  private static final String REDIRECT_TO_SAME_HOST = "{baseUrl}/login/oauth2/code/oidc";

  /** What the models of a GPU may use of its memory, all of them together. */
  public static final double DEFAULT_GPU_SHARE = 0.9;

  /** Which device computes. */
  public enum Backend {
    AUTO,
    CPU,
    CUDA
  }

  /** Who goes first. */
  public enum SchedulingPolicy {
    /** Tiers, then tenants by what they got, then their requests' priority. */
    FAIR,
    /** By arrival. */
    FCFS,
    /** By the requests' priority, then arrival, as vLLM's policy of that name. */
    PRIORITY,
    /** Tenants by what they got, without tiers. */
    VTC
  }

  public PenstockProperties {
    adminKey = blankToNull(adminKey);
    apiKey = blankToNull(apiKey);
    keyPepper = blankToNull(keyPepper);
    atLeast(0, trustedProxies, "trusted-proxies");
    if (sessionLifetime.compareTo(Duration.ofMinutes(1)) < 0) {
      throw new SettingException("penstock.session-lifetime must be at least 1m.");
    }
    oidcIssuer = blankToNull(oidcIssuer);
    oidcRedirectUri =
        Objects.requireNonNullElse(blankToNull(oidcRedirectUri), REDIRECT_TO_SAME_HOST);
    oidcClientId = blankToNull(oidcClientId);
    oidcClientSecret = blankToNull(oidcClientSecret);
    if ((oidcIssuer == null) != (oidcClientId == null)
        || (oidcIssuer == null) != (oidcClientSecret == null)) {
      throw new SettingException(
          "penstock.oidc-issuer, penstock.oidc-client-id and penstock.oidc-client-secret go together: set all of them or none.");
    }
    model = model.stream().filter(entry -> !entry.isBlank()).toList();
    model = model.isEmpty() ? List.of(DEFAULT_MODEL) : model;
    device = device.isEmpty() ? List.of(0) : List.copyOf(device);
    device.forEach(ordinal -> atLeast(0, ordinal, "device"));
    gpuMemoryUtilization = List.copyOf(gpuMemoryUtilization);
    gpuMemoryUtilization.forEach(PenstockProperties::requireShare);
    atLeast(0, threads, "threads");
    atLeast(0, maxModelLen, "max-model-len");
    if (swapSpace != null && swapSpace.isNegative()) {
      throw new SettingException("penstock.swap-space must not be negative.");
    }
    atLeast(0, maxNumSeqs, "max-num-seqs");
    atLeast(0, maxNumBatchedTokens, "max-num-batched-tokens");
    atLeast(1, maxQueuedRequests, "max-queued-requests");
    maxQueuedRequestsPerTier =
        PerTier.bounds(maxQueuedRequestsPerTier, "max-queued-requests-per-tier");
    maxQueuedTokensPerTier =
        PerTier.of(
            maxQueuedTokensPerTier,
            "max-queued-tokens-per-tier",
            tokens -> tokens >= 0,
            "at least 0 (no bound)");
    atLeast(0, maxQueuedRequestsPerTenant, "max-queued-requests-per-tenant");
    interTokenTarget = PerTier.durations(interTokenTarget, "inter-token-target");
    timeToFirstTokenTarget =
        PerTier.durations(timeToFirstTokenTarget, "time-to-first-token-target");
    minimumShare = PerTier.shares(minimumShare, "minimum-share");
    atLeast(0, maxTenantLabels, "max-tenant-labels");
    atLeast(1, maxPromptsPerRequest, "max-prompts-per-request");
    if (!retention.isPositive()) {
      throw new SettingException("penstock.retention must be above 0, such as 30d.");
    }
    atLeast(1, usageQueueCapacity, "usage-queue-capacity");
    if (maxBodySize.toBytes() < 1024 || maxBodySize.toBytes() > Integer.MAX_VALUE) {
      throw new SettingException("penstock.max-body-size must be between 1KB and 2GB.");
    }
  }

  /** Compose files pass variables that nobody set as empty ones. */
  private static String blankToNull(String value) {
    return value == null || value.isBlank() ? null : value;
  }

  public Path dataDirectory() {
    return Path.of(dataDir).toAbsolutePath().normalize();
  }

  private static void atLeast(int least, int value, String name) {
    if (value < least) {
      throw new SettingException(
          "penstock.%s must be at least %d, not %d.".formatted(name, least, value));
    }
  }

  private static void requireShare(double share) {
    if (!(share > 0 && share <= 1)) {
      throw new SettingException(
          "penstock.gpu-memory-utilization must be above 0 and at most 1, not %s."
              .formatted(share));
    }
  }

  /** Keeps secrets out of logs. */
  @Override
  public String toString() {
    return "PenstockProperties[port=%d, dataDir=%s, model=%s, backend=%s]"
        .formatted(port, dataDir, model, backend);
  }
}
