package io.penstock.engine.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class HubFilesTest {
  @Test
  void takesWhatSaysHowAModelEmbeds() {
    List<String> files =
        List.of(
            ".gitattributes",
            "1_Pooling/config.json",
            "README.md",
            "config.json",
            "model.safetensors",
            "modules.json",
            "onnx/model.onnx",
            "other/config.json",
            "pytorch_model.bin",
            "sentence_bert_config.json",
            "tokenizer.json",
            "train_script.py",
            "vocab.txt");
    assertThat(HubFiles.choose(ModelRef.tryParse("org/embedder").orElseThrow(), files))
        .hasValueSatisfying(
            chosen ->
                assertThat(chosen)
                    .containsExactlyInAnyOrder(
                        "1_Pooling/config.json",
                        "config.json",
                        "model.safetensors",
                        "modules.json",
                        "sentence_bert_config.json",
                        "tokenizer.json",
                        "vocab.txt"));
  }
}
