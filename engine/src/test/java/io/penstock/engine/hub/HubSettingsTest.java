package io.penstock.engine.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.core.ModelLoadException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HubSettingsTest {
  @TempDir Path home;

  @Test
  void hasTheStandardDefaults() {
    HubSettings s = HubSettings.from(Map.of("HOME", home.toString()));
    assertThat(s.endpoint()).hasToString("https://huggingface.co");
    assertThat(s.cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
    assertThat(s.token()).isNull();
    assertThat(s.offline()).isFalse();
  }

  @Test
  void followsTheEnvironment() {
    assertThat(HubSettings.from(Map.of("HF_HOME", "/hf")).cache()).isEqualTo(Path.of("/hf/hub"));
    HubSettings s =
        HubSettings.from(
            Map.of(
                "HF_HOME", "/hf",
                "HF_HUB_CACHE", "/cache",
                "HF_ENDPOINT", "http://mirror:8081/hub/",
                "HF_HUB_OFFLINE", "YES",
                "HF_TOKEN", " hf_abc\n"));
    assertThat(s.cache()).isEqualTo(Path.of("/cache"));
    assertThat(s.endpoint()).hasToString("http://mirror:8081/hub");
    assertThat(s.offline()).isTrue();
    assertThat(s.token()).isEqualTo("hf_abc");
    assertThat(s.toString()).doesNotContain("hf_abc");
  }

  @Test
  void readsTheTokenOfTheCommandLineTool() throws Exception {
    Files.writeString(home.resolve("token"), "hf_file\n");
    assertThat(HubSettings.from(Map.of("HF_HOME", home.toString())).token()).isEqualTo("hf_file");
  }

  @Test
  void doesNotRepeatABadToken() {
    assertThatThrownBy(() -> HubSettings.from(Map.of("HF_TOKEN", "hf_ab\ncd")))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("HF_TOKEN")
        .hasMessageNotContaining("hf_ab");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ftp://x", "mirror", "http://", "http://a b"})
  void refusesABadEndpoint(String endpoint) {
    assertThatThrownBy(() -> HubSettings.from(Map.of("HF_ENDPOINT", endpoint)))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("HF_ENDPOINT");
  }

  @Test
  void readsReferences() {
    assertThat(ModelRef.parse("Qwen/Qwen3-0.6B"))
        .isEqualTo(new ModelRef("Qwen/Qwen3-0.6B", "main", null));
    assertThat(ModelRef.parse("a/b@refs/pr/1:q4/c.gguf"))
        .isEqualTo(new ModelRef("a/b", "refs/pr/1", "q4/c.gguf"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "a/b/c",
        "../b",
        "a/..",
        "a/b@",
        "a/b@../x",
        "a/b:c.bin",
        "a/b:../c.gguf",
        "a/b:/c.gguf",
        "./a/b",
        "/a/b",
        "a/b@x/../../y",
        "a--b/c"
      })
  void refusesWhatIsNoReference(String text) {
    assertThatThrownBy(() -> ModelRef.parse(text)).isInstanceOf(ModelLoadException.class);
  }
}
