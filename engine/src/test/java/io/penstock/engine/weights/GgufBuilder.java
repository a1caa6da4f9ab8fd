package io.penstock.engine.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes GGUF files for tests. Values: Integer as u32, Float as f32, Boolean, String, String[],
 * int[] as i32, float[].
 */
final class GgufBuilder {
  private static final int ALIGNMENT = 32;

  private record Tensor(String name, int type, long[] shape, byte[] data) {}

  private final Map<String, Object> metadata = new LinkedHashMap<>();
  private final List<Tensor> tensors = new ArrayList<>();
  private int version = 3;

  /** A sound F32 model of one layer: width 8, two heads of 4, one key/value head, 6 tokens. */
  static GgufBuilder model(String architecture) {
    GgufBuilder b =
        new GgufBuilder()
            .put("general.architecture", architecture)
            .put(architecture + ".block_count", 1)
            .put(architecture + ".context_length", 64)
            .put(architecture + ".embedding_length", 8)
            .put(architecture + ".feed_forward_length", 12)
            .put(architecture + ".attention.head_count", 2)
            .put(architecture + ".attention.head_count_kv", 1)
            .put(architecture + ".attention.layer_norm_rms_epsilon", 1e-5f)
            .put("tokenizer.ggml.model", "gpt2")
            .put("tokenizer.ggml.pre", "qwen2")
            .put(
                "tokenizer.ggml.tokens",
                new String[] {"a", "b", "ab", "<eos>", "<eot>", "<|im_end|>"})
            .put("tokenizer.ggml.token_type", new int[] {1, 1, 1, 3, 3, 1})
            .put("tokenizer.ggml.merges", new String[] {"a b"})
            .put("tokenizer.ggml.eos_token_id", 3)
            .tensor("token_embd.weight", 6, 8)
            .tensor("blk.0.attn_norm.weight", 8)
            .tensor("blk.0.attn_q.weight", 8, 8)
            .tensor("blk.0.attn_k.weight", 4, 8)
            .tensor("blk.0.attn_v.weight", 4, 8)
            .tensor("blk.0.attn_output.weight", 8, 8)
            .tensor("blk.0.ffn_norm.weight", 8)
            .tensor("blk.0.ffn_gate.weight", 12, 8)
            .tensor("blk.0.ffn_up.weight", 12, 8)
            .tensor("blk.0.ffn_down.weight", 8, 12)
            .tensor("output_norm.weight", 8);
    return b;
  }

  GgufBuilder version(int number) {
    version = number;
    return this;
  }

  GgufBuilder put(String key, Object value) {
    metadata.put(key, value);
    return this;
  }

  GgufBuilder remove(String key) {
    metadata.remove(key);
    return this;
  }

  /** A tensor of zeros in F32; replaces one of the same name. */
  GgufBuilder tensor(String name, long... shape) {
    long elements = 1;
    for (long size : shape) {
      elements *= size;
    }
    return tensor(name, 0, new byte[Math.toIntExact(elements * 4)], shape);
  }

  GgufBuilder tensor(String name, int type, byte[] data, long... shape) {
    without(name);
    tensors.add(new Tensor(name, type, shape, data));
    return this;
  }

  GgufBuilder without(String name) {
    tensors.removeIf(t -> t.name.equals(name));
    return this;
  }

  Path write(Path file) throws IOException {
    Out out = new Out();
    out.bytes("GGUF".getBytes(StandardCharsets.US_ASCII));
    out.u32(version);
    out.u64(tensors.size());
    out.u64(metadata.size());
    metadata.forEach(
        (key, value) -> {
          out.string(key);
          out.typed(value);
        });
    long offset = 0;
    for (Tensor t : tensors) {
      out.string(t.name);
      out.u32(t.shape.length);
      for (int i = t.shape.length - 1; i >= 0; i--) {
        out.u64(t.shape[i]);
      }
      out.u32(t.type);
      out.u64(offset);
      offset += (t.data.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    for (Tensor t : tensors) {
      out.align();
      out.bytes(t.data);
    }
    return Files.write(file, out.bytes.toByteArray());
  }

  private static final class Out {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    void bytes(byte[] value) {
      bytes.writeBytes(value);
    }

    void u32(int value) {
      bytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    }

    void u64(long value) {
      bytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    }

    void string(String value) {
      byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
      u64(utf8.length);
      bytes(utf8);
    }

    void align() {
      while (bytes.size() % ALIGNMENT != 0) {
        bytes.write(0);
      }
    }

    void typed(Object value) {
      switch (value) {
        case Integer i -> {
          u32(4);
          u32(i);
        }
        case Float f -> {
          u32(6);
          u32(Float.floatToIntBits(f));
        }
        case Boolean b -> {
          u32(7);
          bytes.write(b ? 1 : 0);
        }
        case String s -> {
          u32(8);
          string(s);
        }
        case String[] array -> {
          arrayHead(8, array.length);
          for (String s : array) {
            string(s);
          }
        }
        case int[] array -> {
          arrayHead(5, array.length);
          for (int i : array) {
            u32(i);
          }
        }
        case float[] array -> {
          arrayHead(6, array.length);
          for (float f : array) {
            u32(Float.floatToIntBits(f));
          }
        }
        default -> throw new IllegalArgumentException(value.getClass().getName());
      }
    }

    private void arrayHead(int type, int length) {
      u32(9);
      u32(type);
      u64(length);
    }
  }
}
