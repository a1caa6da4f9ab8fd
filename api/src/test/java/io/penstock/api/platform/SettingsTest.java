package io.penstock.api.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

class SettingsTest {

  private static StandardEnvironment environment(Map<String, Object> variables) {
    StandardEnvironment environment = new StandardEnvironment();
    environment
        .getPropertySources()
        .addFirst(new SystemEnvironmentPropertySource("systemEnvironment-test", variables));
    return environment;
  }

  private static void check(String key) {
    StandardEnvironment environment = new StandardEnvironment();
    environment.getPropertySources().addFirst(new MapPropertySource("test", Map.of(key, "1")));
    new SettingsCheck().postProcessEnvironment(environment, null);
  }

  @ParameterizedTest
  @CsvSource({
    "penstock.max-num-seq, penstock.max-num-seqs",
    "PENSTOCK_DATADIRECTORY, PENSTOCK_DATA_DIR",
    "penstock.adminkey2, penstock.admin-key",
  })
  void anUnknownKeyIsNamedWithTheNearest(String key, String nearest) {
    assertThatThrownBy(() -> check(key))
        .isInstanceOf(SettingException.class)
        .hasMessageContaining("'" + key + "'")
        .hasMessageContaining("'" + nearest + "'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "penstock.max-num-seqs",
        "penstock.maxNumSeqs",
        "PENSTOCK_MAX_NUM_SEQS",
        "penstock.model[0]",
        "PENSTOCK_MODEL_0_",
        "PENSTOCK_MODEL_1",
        "PENSTOCK_CACHE_DIR",
        "PENSTOCK_CUDA_ARCHS",
        "penstocks.other",
        "spring.application.name",
      })
  void knownKeysAndOthersPass(String key) {
    check(key);
  }

  @Test
  void environmentVariablesAreSettings() {
    PenstockProperties properties =
        Binder.get(
                environment(
                    Map.of(
                        "PENSTOCK_PORT", "9000",
                        "PENSTOCK_MODEL", "a.gguf,b=c.gguf",
                        "PENSTOCK_BACKEND", "cpu",
                        "PENSTOCK_MAX_NUM_SEQS", "7",
                        "PENSTOCK_KV_CACHE_SIZE", "2GB",
                        "PENSTOCK_SWAP_SPACE", "16GB")))
            .bindOrCreate("penstock", PenstockProperties.class);

    assertThat(properties.port()).isEqualTo(9000);
    assertThat(properties.model()).containsExactly("a.gguf", "b=c.gguf");
    assertThat(properties.backend()).isEqualTo(PenstockProperties.Backend.CPU);
    assertThat(properties.maxNumSeqs()).isEqualTo(7);
    assertThat(properties.kvCacheSize().toGigabytes()).isEqualTo(2);
    assertThat(properties.swapSpace().toGigabytes()).isEqualTo(16);
  }

  @Test
  void withoutConfigurationTheBundledModelIsServed() {
    PenstockProperties properties =
        Binder.get(environment(Map.of())).bindOrCreate("penstock", PenstockProperties.class);

    assertThat(properties.model()).containsExactly(PenstockProperties.DEFAULT_MODEL);
    assertThat(properties.port()).isEqualTo(8080);
    assertThat(properties.device()).containsExactly(0);
    assertThat(properties.gpuMemoryUtilization()).isEmpty();
    assertThat(properties.maxNumSeqs()).isZero();
    assertThat(properties.swapSpace()).isNull();
  }

  @Test
  void gpusAreSetForAllModelsOrForEach() {
    PenstockProperties properties =
        Binder.get(
                environment(
                    Map.of(
                        "PENSTOCK_DEVICE", "0,1",
                        "PENSTOCK_GPU_MEMORY_UTILIZATION", "0.5,0.25")))
            .bindOrCreate("penstock", PenstockProperties.class);

    assertThat(properties.device()).containsExactly(0, 1);
    assertThat(properties.gpuMemoryUtilization()).containsExactly(0.5, 0.25);
    assertThatThrownBy(
            () ->
                Binder.get(environment(Map.of("PENSTOCK_GPU_MEMORY_UTILIZATION", "90")))
                    .bindOrCreate("penstock", PenstockProperties.class))
        .hasRootCauseMessage(
            "penstock.gpu-memory-utilization must be above 0 and at most 1, not 90.0.");
  }

  @Test
  void tiersAreSetTogetherOrEach() {
    PenstockProperties defaults =
        Binder.get(environment(Map.of())).bindOrCreate("penstock", PenstockProperties.class);
    assertThat(defaults.interTokenTarget()).isEmpty();
    assertThat(defaults.maxQueuedRequestsPerTier()).isEmpty();
    assertThat(defaults.schedulingPolicy()).isEqualTo(PenstockProperties.SchedulingPolicy.FAIR);

    PenstockProperties properties =
        Binder.get(
                environment(
                    Map.of(
                        "PENSTOCK_INTER_TOKEN_TARGET", "20ms",
                        "PENSTOCK_TIME_TO_FIRST_TOKEN_TARGET", "1s,2s,3s,0",
                        "PENSTOCK_MINIMUM_SHARE", "",
                        "PENSTOCK_MAX_QUEUED_REQUESTS_PER_TIER", "1,2,3,4",
                        "PENSTOCK_MAX_QUEUED_TOKENS_PER_TIER", "5000000000",
                        "PENSTOCK_SCHEDULING_POLICY", "fcfs")))
            .bindOrCreate("penstock", PenstockProperties.class);
    assertThat(properties.interTokenTarget()).hasSize(4).containsOnly(Duration.ofMillis(20));
    assertThat(properties.timeToFirstTokenTarget().getLast()).isZero();
    assertThat(properties.minimumShare()).isEmpty();
    assertThat(properties.maxQueuedRequestsPerTier()).containsExactly(1, 2, 3, 4);
    assertThat(properties.maxQueuedTokensPerTier()).containsOnly(5_000_000_000L);
    assertThat(properties.schedulingPolicy()).isEqualTo(PenstockProperties.SchedulingPolicy.FCFS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PENSTOCK_MINIMUM_SHARE | 0.5,0.3,0.2,0 | below 1",
        "PENSTOCK_MINIMUM_SHARE | 0.3 | below 1",
        "PENSTOCK_MINIMUM_SHARE | -0.1,0,0,0 | at least 0",
        "PENSTOCK_INTER_TOKEN_TARGET | 1ms,2ms | priority, default, flex, batch",
        "PENSTOCK_INTER_TOKEN_TARGET | -1ms | at least 0",
        "PENSTOCK_MAX_QUEUED_TOKENS_PER_TIER | -1 | at least 0",
        "PENSTOCK_MAX_TENANT_LABELS | -1 | at least 0",
      })
  void whatMakesNoSenseForTiersIsNamed(String variable, String value, String saying) {
    String setting = variable.toLowerCase(Locale.ROOT).replace("penstock_", "").replace('_', '-');
    assertThatThrownBy(
            () ->
                Binder.get(environment(Map.of(variable, value)))
                    .bindOrCreate("penstock", PenstockProperties.class))
        .rootCause()
        .hasMessageContaining("penstock." + setting)
        .hasMessageContaining(saying);
  }

  @Test
  void emptyVariablesCountAsUnset() {
    PenstockProperties properties =
        Binder.get(
                environment(
                    Map.of(
                        "PENSTOCK_ADMIN_KEY", "",
                        "PENSTOCK_API_KEY", " ",
                        "PENSTOCK_KEY_PEPPER", "",
                        "PENSTOCK_DEVICE", "",
                        "PENSTOCK_GPU_MEMORY_UTILIZATION", "",
                        "PENSTOCK_MODEL", "")))
            .bindOrCreate("penstock", PenstockProperties.class);

    assertThat(properties.adminKey()).isNull();
    assertThat(properties.apiKey()).isNull();
    assertThat(properties.keyPepper()).isNull();
    assertThat(properties.device()).containsExactly(0);
    assertThat(properties.gpuMemoryUtilization()).isEmpty();
    assertThat(properties.model()).containsExactly(PenstockProperties.DEFAULT_MODEL);
  }

  @Test
  void secretsAreNotPrinted() {
    PenstockProperties properties =
        Binder.get(environment(Map.of("PENSTOCK_ADMIN_KEY", "very-secret")))
            .bindOrCreate("penstock", PenstockProperties.class);

    assertThat(properties.toString()).doesNotContain("very-secret");
  }
}
