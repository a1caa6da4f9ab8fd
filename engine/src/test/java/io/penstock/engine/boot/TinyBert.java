package io.penstock.engine.boot;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A small BERT of random weights: as the files of a model folder, and computed here by plain loops
 * in double, written from the paper and without anything of the engine.
 */
final class TinyBert {
  static final int VOCAB = 40;
  static final int HIDDEN = 48;
  static final int HEADS = 3;
  static final int INTERMEDIATE = 80;
  static final int LAYERS = 2;
  static final int POSITIONS = 64;
  private static final double EPS = 1e-12;

  final Map<String, float[]> tensors = new LinkedHashMap<>();
  private final Map<String, int[]> shapes = new LinkedHashMap<>();

  TinyBert(long seed) {
    Random random = new Random(seed);
    matrix(random, "embeddings.word_embeddings.weight", VOCAB, HIDDEN);
    matrix(random, "embeddings.position_embeddings.weight", POSITIONS, HIDDEN);
    matrix(random, "embeddings.token_type_embeddings.weight", 2, HIDDEN);
    norm(random, "embeddings.LayerNorm");
    for (int i = 0; i < LAYERS; i++) {
      String layer = "encoder.layer." + i + ".";
      for (String part : List.of("query", "key", "value")) {
        linear(random, layer + "attention.self." + part, HIDDEN, HIDDEN);
      }
      linear(random, layer + "attention.output.dense", HIDDEN, HIDDEN);
      norm(random, layer + "attention.output.LayerNorm");
      linear(random, layer + "intermediate.dense", INTERMEDIATE, HIDDEN);
      linear(random, layer + "output.dense", HIDDEN, INTERMEDIATE);
      norm(random, layer + "output.LayerNorm");
    }
  }

  private void matrix(Random random, String name, int rows, int columns) {
    fill(random, name, 0, 0.3, rows, columns);
  }

  private void linear(Random random, String name, int outputs, int inputs) {
    matrix(random, name + ".weight", outputs, inputs);
    fill(random, name + ".bias", 0, 0.2, outputs);
  }

  private void norm(Random random, String name) {
    fill(random, name + ".weight", 1, 0.2, HIDDEN);
    fill(random, name + ".bias", 0, 0.2, HIDDEN);
  }

  private void fill(Random random, String name, double mean, double spread, int... shape) {
    int size = 1;
    for (int n : shape) {
      size *= n;
    }
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (mean + spread * random.nextGaussian());
    }
    tensors.put(name, values);
    shapes.put(name, shape);
  }

  // ---- files

  /** Writes a folder as sentence-transformers does. */
  Path write(Path folder, String pooling, boolean normalize) throws IOException {
    Files.createDirectories(folder.resolve("1_Pooling"));
    Files.write(folder.resolve("model.safetensors"), safetensors());
    text(
        folder,
        "config.json",
        """
        {"architectures": ["BertModel"], "model_type": "bert", "vocab_size": %d, "hidden_size": %d,
         "num_attention_heads": %d, "intermediate_size": %d, "num_hidden_layers": %d,
         "max_position_embeddings": %d, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
         "hidden_act": "gelu"}"""
            .formatted(VOCAB, HIDDEN, HEADS, INTERMEDIATE, LAYERS, POSITIONS));
    text(
        folder,
        "modules.json",
        """
        [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
         {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}
         %s]"""
            .formatted(
                normalize
                    ? ", {\"idx\": 2, \"path\": \"2_Normalize\", \"type\":"
                        + " \"sentence_transformers.models.Normalize\"}"
                    : ""));
    text(
        folder,
        "1_Pooling/config.json",
        "{\"word_embedding_dimension\": 48, \"pooling_mode_%s\": true}".formatted(pooling));
    text(folder, "sentence_bert_config.json", "{\"max_seq_length\": 50}");
    text(folder, "vocab.txt", String.join("\n", vocabulary()) + "\n");
    return folder;
  }

  static List<String> vocabulary() {
    List<String> tokens =
        new ArrayList<>(
            List.of(
                "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cafe", "##s", "un", "##want",
                "##ed", "runn", "##ing", ",", "!", "\u4e2d", "\u6587"));
    while (tokens.size() < VOCAB) {
      tokens.add("[unused" + tokens.size() + "]");
    }
    return tokens;
  }

  private static void text(Path folder, String name, String content) throws IOException {
    Files.writeString(folder.resolve(name), content);
  }

  private byte[] safetensors() {
    StringBuilder header = new StringBuilder("{");
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    tensors.forEach(
        (name, values) -> {
          int begin = data.size();
          ByteBuffer bytes =
              ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
          bytes.asFloatBuffer().put(values);
          data.writeBytes(bytes.array());
          header
              .append(header.length() > 1 ? "," : "")
              .append("\"%s\":{\"dtype\":\"F32\",\"shape\":".formatted(name))
              .append(Arrays.toString(shapes.get(name)))
              .append(",\"data_offsets\":[%d,%d]}".formatted(begin, data.size()));
        });
    byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer file =
        ByteBuffer.allocate(Long.BYTES + json.length + data.size()).order(ByteOrder.LITTLE_ENDIAN);
    return file.putLong(json.length).put(json).put(data.toByteArray()).array();
  }

  // ---- the same in double

  /** Final hidden states (tokens, hidden). */
  double[][] states(int[] ids) {
    double[][] x = new double[ids.length][HIDDEN];
    for (int t = 0; t < ids.length; t++) {
      for (int i = 0; i < HIDDEN; i++) {
        x[t][i] =
            at("embeddings.word_embeddings.weight", ids[t] * HIDDEN + i)
                + at("embeddings.position_embeddings.weight", t * HIDDEN + i)
                + at("embeddings.token_type_embeddings.weight", i);
      }
    }
    x = layerNorm(x, "embeddings.LayerNorm");
    for (int l = 0; l < LAYERS; l++) {
      String layer = "encoder.layer." + l + ".";
      double[][] attended = attention(x, layer + "attention.self.");
      x =
          layerNorm(
              sum(x, linear(attended, layer + "attention.output.dense")),
              layer + "attention.output.LayerNorm");
      double[][] activated = linear(x, layer + "intermediate.dense");
      for (double[] row : activated) {
        for (int i = 0; i < row.length; i++) {
          row[i] = row[i] * (1 + erf(row[i] / Math.sqrt(2))) / 2;
        }
      }
      x = layerNorm(sum(x, linear(activated, layer + "output.dense")), layer + "output.LayerNorm");
    }
    return x;
  }

  private double[][] attention(double[][] x, String prefix) {
    double[][] q = linear(x, prefix + "query");
    double[][] k = linear(x, prefix + "key");
    double[][] v = linear(x, prefix + "value");
    int dim = HIDDEN / HEADS;
    double[][] out = new double[x.length][HIDDEN];
    for (int head = 0; head < HEADS; head++) {
      for (int t = 0; t < x.length; t++) {
        double[] weights = new double[x.length];
        double total = 0;
        for (int j = 0; j < x.length; j++) {
          double dot = 0;
          for (int d = head * dim; d < (head + 1) * dim; d++) {
            dot += q[t][d] * k[j][d];
          }
          weights[j] = Math.exp(dot / Math.sqrt(dim));
          total += weights[j];
        }
        for (int j = 0; j < x.length; j++) {
          for (int d = head * dim; d < (head + 1) * dim; d++) {
            out[t][d] += weights[j] / total * v[j][d];
          }
        }
      }
    }
    return out;
  }

  private double[][] linear(double[][] x, String name) {
    int outputs = tensors.get(name + ".bias").length;
    double[][] out = new double[x.length][outputs];
    for (int t = 0; t < x.length; t++) {
      for (int o = 0; o < outputs; o++) {
        out[t][o] = at(name + ".bias", o);
        for (int i = 0; i < x[t].length; i++) {
          out[t][o] += x[t][i] * at(name + ".weight", o * x[t].length + i);
        }
      }
    }
    return out;
  }

  private double[][] layerNorm(double[][] x, String name) {
    for (double[] row : x) {
      double mean = Arrays.stream(row).sum() / row.length;
      double variance = Arrays.stream(row).map(v -> (v - mean) * (v - mean)).sum() / row.length;
      for (int i = 0; i < row.length; i++) {
        row[i] =
            (row[i] - mean) / Math.sqrt(variance + EPS) * at(name + ".weight", i)
                + at(name + ".bias", i);
      }
    }
    return x;
  }

  private static double[][] sum(double[][] a, double[][] b) {
    double[][] sum = new double[a.length][a[0].length];
    for (int t = 0; t < a.length; t++) {
      for (int i = 0; i < sum[t].length; i++) {
        sum[t][i] = a[t][i] + b[t][i];
      }
    }
    return sum;
  }

  /** Its integral, by Simpson's rule. */
  private static double erf(double x) {
    int steps = 400;
    double h = x / steps;
    double sum = 1 + Math.exp(-x * x);
    for (int i = 1; i < steps; i++) {
      sum += (i % 2 == 0 ? 2 : 4) * Math.exp(-(i * h) * (i * h));
    }
    return Math.abs(x) > 6 ? Math.signum(x) : sum * h / 3 * 2 / Math.sqrt(Math.PI);
  }

  private double at(String name, int index) {
    return tensors.get(name)[index];
  }
}
