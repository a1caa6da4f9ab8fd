package io.penstock.engine.hub;

import static io.penstock.engine.hub.HubStandIn.COMMIT;
import static io.penstock.engine.hub.HubStandIn.REPO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.weights.Checkpoint;
import io.penstock.engine.weights.Checkpoints;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubClientTest {
  private static final Path TINY = Path.of("src/test/fixtures/tiny");
  private static final ModelRef MODEL = ModelRef.parse(REPO);
  private static final String WEIGHTS = "model.safetensors";
  private static final String TOKEN = "hf_theSecretToken";

  @TempDir Path cache;
  private HubStandIn hub;

  @BeforeEach
  void start() {
    hub = new HubStandIn();
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private HubSettings settings(String token, boolean offline) {
    return new HubSettings(
        hub.endpoint(), cache, token, offline, Duration.ofMillis(1), Duration.ofMinutes(1));
  }

  private Path fetch(ModelRef ref) {
    return new HubClient(settings(null, false)).fetch(ref, HubProgress.NONE);
  }

  @Test
  void fetchesAModelIntoTheStandardLayout() throws Exception {
    hub.with(TINY.resolve("llama")).files.put("pytorch_model.bin", new byte[9]);
    Path model = fetch(MODEL);

    Path root = cache.resolve("models--acme--tiny");
    assertThat(model).isEqualTo(root.resolve("snapshots").resolve(COMMIT));
    assertThat(root.resolve("refs/main")).hasContent(COMMIT);
    String sha256 = HubStandIn.hash("SHA-256", hub.files.get(WEIGHTS));
    assertThat(Files.readSymbolicLink(model.resolve(WEIGHTS)))
        .isEqualTo(Path.of("../../blobs", sha256));
    assertThat(model.resolve(WEIGHTS)).hasBinaryContent(hub.files.get(WEIGHTS));
    assertThat(model.resolve("pytorch_model.bin")).doesNotExist();
    assertThat(model.resolve("reference.json")).doesNotExist();
    try (Checkpoint c = Checkpoints.open(model)) {
      assertThat(c.config().numLayers()).isEqualTo(3);
    }
  }

  @Test
  void fetchesTheShardsThatTheIndexNames() throws Exception {
    hub.with(TINY.resolve("qwen2"));
    try (Checkpoint c = Checkpoints.open(fetch(MODEL))) {
      assertThat(c.config().numLayers()).isEqualTo(4);
    }
  }

  @Test
  void asksOnlyForTheCommitTheSecondTime() throws Exception {
    hub.with(TINY.resolve("llama"));
    Path first = fetch(MODEL);
    hub.requests.clear();
    assertThat(fetch(MODEL)).isEqualTo(first);
    assertThat(hub.requests).hasSize(1);
  }

  @Test
  void resumesACutConnection() throws Exception {
    byte[] weights = hub.with(TINY.resolve("llama")).files.get(WEIGHTS);
    hub.cutAfter.put(WEIGHTS, 500_000);
    List<Long> done = new ArrayList<>();
    Path model =
        new HubClient(settings(null, false))
            .fetch(
                MODEL,
                (file, bytes, total) -> {
                  if (file.equals(WEIGHTS)) {
                    assertThat(total).isEqualTo(weights.length);
                    done.add(bytes);
                  }
                });
    assertThat(model.resolve(WEIGHTS)).hasBinaryContent(weights);
    var storage = hub.requests.stream().filter(r -> r.path().startsWith("/storage/")).toList();
    var transfers = storage.stream().filter(r -> r.method().equals("GET")).toList();
    assertThat(transfers).hasSize(2);
    assertThat(transfers.get(0).range()).isEmpty();
    assertThat(transfers.get(1).range()).matches("bytes=[1-9]\\d*-");
    assertThat(done).isSorted().endsWith((long) weights.length);
  }

  @Test
  void resumesWhatAnEarlierProcessLeft() throws Exception {
    byte[] weights = hub.with(TINY.resolve("llama")).files.get(WEIGHTS);
    Path incomplete = incomplete(weights);
    Files.write(incomplete, Arrays.copyOf(weights, 1000));
    assertThat(fetch(MODEL).resolve(WEIGHTS)).hasBinaryContent(weights);
    assertThat(hub.requests("GET", WEIGHTS)).last().extracting("range").isEqualTo("bytes=1000-");
    assertThat(incomplete).doesNotExist();
  }

  @Test
  void startsAgainWhenWhatWasLeftIsDamaged() throws Exception {
    byte[] weights = hub.with(TINY.resolve("llama")).files.get(WEIGHTS);
    Files.write(incomplete(weights), new byte[1000]);
    assertThat(fetch(MODEL).resolve(WEIGHTS)).hasBinaryContent(weights);
  }

  private Path incomplete(byte[] content) throws IOException {
    Path blobs = Files.createDirectories(cache.resolve("models--acme--tiny/blobs"));
    return blobs.resolve(HubStandIn.hash("SHA-256", content) + ".incomplete");
  }

  @Test
  void cutsATransferThatStandsStill() throws Exception {
    byte[] weights = hub.with(TINY.resolve("llama")).files.get(WEIGHTS);
    hub.stall.put(WEIGHTS, true);
    HubSettings impatient =
        new HubSettings(
            hub.endpoint(), cache, null, false, Duration.ofMillis(1), Duration.ofMillis(200));
    Path model = new HubClient(impatient).fetch(MODEL, HubProgress.NONE);
    assertThat(model.resolve(WEIGHTS)).hasBinaryContent(weights);
  }

  @Test
  void refusesAChecksumMismatch() throws Exception {
    byte[] weights = hub.with(TINY.resolve("llama")).files.get(WEIGHTS);
    byte[] other = weights.clone();
    other[other.length / 2] ^= 1;
    hub.corrupt.put(WEIGHTS, other);
    assertThatThrownBy(() -> fetch(MODEL))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(WEIGHTS)
        .hasMessageContaining("checksum mismatch");
    assertThat(incomplete(weights)).doesNotExist();
    assertThat(cache.resolve("models--acme--tiny/refs/main")).doesNotExist();

    hub.corrupt.clear();
    assertThat(fetch(MODEL).resolve(WEIGHTS)).hasBinaryContent(weights);
  }

  @Test
  void refusesASmallFilesChecksumMismatch() throws Exception {
    hub.with(TINY.resolve("llama"));
    byte[] config = hub.files.get("config.json").clone();
    config[config.length - 2] ^= 1;
    hub.corrupt.put("config.json", config);
    assertThatThrownBy(() -> fetch(MODEL)).hasMessageContaining("config.json: checksum mismatch");
  }

  @Test
  void keepsTheTokenFromOtherHosts() throws Exception {
    hub.with(TINY.resolve("llama"));
    hub.requiredToken = TOKEN;
    new HubClient(settings(TOKEN, false)).fetch(MODEL, HubProgress.NONE);
    assertThat(hub.requests).anyMatch(r -> r.host().startsWith("localhost:"));
    assertThat(hub.requests)
        .allSatisfy(
            r ->
                assertThat(r.authorization())
                    .isEqualTo(r.host().startsWith("localhost:") ? "" : "Bearer " + TOKEN));
  }

  @Test
  void explainsAGatedModel() {
    hub.requiredToken = TOKEN;
    hub.gated = true;
    assertThatThrownBy(() -> fetch(MODEL))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("gated")
        .hasMessageContaining("set HF_TOKEN");
    assertThatThrownBy(
            () -> new HubClient(settings("hf_other", false)).fetch(MODEL, HubProgress.NONE))
        .hasMessageContaining("the account that HF_TOKEN belongs to")
        .hasMessageNotContaining("hf_other");
  }

  @Test
  void explainsAMissingModelAndRevision() {
    assertThatThrownBy(() -> fetch(ModelRef.parse("acme/none")))
        .hasMessageContaining("404")
        .hasMessageContaining("no such model");
    assertThatThrownBy(() -> fetch(ModelRef.parse(REPO + "@v9")))
        .hasMessageContaining("no such revision");
  }

  @Test
  void listsGgufFilesToChooseFrom() {
    hub.files.put("a-Q4_0.gguf", bytes("first"));
    hub.files.put("b-Q8_0.gguf", bytes("second"));
    assertThatThrownBy(() -> fetch(MODEL))
        .hasMessageContaining(REPO + ":a-Q4_0.gguf")
        .hasMessageContaining("a-Q4_0.gguf, b-Q8_0.gguf");
    assertThatThrownBy(() -> fetch(ModelRef.parse(REPO + ":c.gguf")))
        .hasMessageContaining("no file c.gguf")
        .hasMessageContaining("b-Q8_0.gguf");
    Path file = fetch(ModelRef.parse(REPO + ":b-Q8_0.gguf"));
    assertThat(file).hasFileName("b-Q8_0.gguf").hasBinaryContent(bytes("second"));
    assertThat(file.resolveSibling("a-Q4_0.gguf")).doesNotExist();
  }

  @Test
  void usesTheCacheOnlyWhenOffline() throws Exception {
    hub.with(TINY.resolve("qwen2"));
    HubClient offline = new HubClient(settings(null, true));
    assertThatThrownBy(() -> offline.fetch(MODEL, HubProgress.NONE))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("HF_HUB_OFFLINE")
        .hasMessageContaining(cache.toString());
    Path model = fetch(MODEL);
    hub.requests.clear();
    assertThat(offline.fetch(MODEL, HubProgress.NONE)).isEqualTo(model);
    assertThat(offline.fetch(ModelRef.parse(REPO + "@" + COMMIT), HubProgress.NONE))
        .isEqualTo(model);
    assertThat(hub.requests).isEmpty();

    Files.delete(model.resolve("model-00002-of-00002.safetensors"));
    assertThatThrownBy(() -> offline.fetch(MODEL, HubProgress.NONE))
        .hasMessageContaining("not complete in the cache");
  }

  @Test
  void usesTheCacheWhenTheHubIsOutOfReach() throws Exception {
    hub.with(TINY.resolve("llama"));
    Path model = fetch(MODEL);
    HubSettings settings = settings(null, false);
    hub.close();
    assertThat(new HubClient(settings).fetch(MODEL, HubProgress.NONE)).isEqualTo(model);
    assertThatThrownBy(
            () -> new HubClient(settings).fetch(ModelRef.parse("acme/new"), HubProgress.NONE))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("acme/new cannot be fetched from 127.0.0.1");
  }

  @Test
  void triesAgainWhenTheHubIsBusy() throws Exception {
    hub.with(TINY.resolve("llama"));
    hub.failuresBefore = 3;
    assertThat(fetch(MODEL)).isDirectory();
  }

  @Test
  void refusesWhatDoesNotFitOnTheDisk() throws Exception {
    hub.with(TINY.resolve("llama"));
    hub.announcedSize.put(WEIGHTS, Long.MAX_VALUE);
    assertThatThrownBy(() -> fetch(MODEL))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("are free")
        .hasMessageContaining("HF_HOME");
    assertThat(hub.requests("GET", WEIGHTS)).isEmpty();
  }

  @Test
  void ignoresNamesThatLeaveTheFolder() throws Exception {
    hub.with(TINY.resolve("qwen2")).files.put("../../escape.safetensors", bytes("x"));
    hub.files.put(
        "model.safetensors.index.json",
        bytes("{\"weight_map\":{\"a\":\"../../escape.safetensors\"}}"));
    assertThatThrownBy(() -> fetch(MODEL)).hasMessageContaining("does not have");
    assertThat(cache.resolve("models--acme--tiny/escape.safetensors")).doesNotExist();
  }

  @Test
  void locatesFilesBeforeTheHub() throws Exception {
    hub.files.put("model.gguf", bytes("GGUF"));
    HubClient client = new HubClient(settings(null, false));
    assertThat(client.locate(cache.toString(), HubProgress.NONE)).isEqualTo(cache);
    assertThat(hub.requests).isEmpty();
    assertThat(client.locate(REPO, HubProgress.NONE)).hasFileName("model.gguf");
    assertThatThrownBy(() -> client.locate("/no/such/model.gguf", HubProgress.NONE))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("no file or directory /no/such/model.gguf");
  }

  @Test
  void fetchesOnceForTwoAtTheSameTime() throws Exception {
    byte[] weights = new byte[3_000_000];
    new Random(1).nextBytes(weights);
    hub.files.put("model.gguf", weights);
    Callable<Path> fetch = () -> fetch(ModelRef.parse(REPO + ":model.gguf"));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var result : threads.invokeAll(List.of(fetch, fetch))) {
        assertThat(result.get()).hasBinaryContent(weights);
      }
    }
    long transfers =
        hub.requests.stream()
            .filter(r -> r.method().equals("GET") && r.path().startsWith("/storage/"))
            .count();
    assertThat(transfers).isEqualTo(1);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
