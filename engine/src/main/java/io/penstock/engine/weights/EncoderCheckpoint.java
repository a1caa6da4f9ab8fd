package io.penstock.engine.weights;

import io.penstock.engine.core.EmbeddingDefaults;
import io.penstock.engine.core.EncoderConfig;
import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.TensorView;
import io.penstock.engine.core.TokenizerSource;
import io.penstock.engine.weights.ArchitectureTensors.Expected;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An opened encoder: a directory as {@code save_pretrained} of Hugging Face transformers, or
 * sentence-transformers, writes it.
 */
public final class EncoderCheckpoint implements TensorFiles {
  private final Arena arena;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Path location;
  private final EncoderConfig config;
  private final EmbeddingDefaults embedding;
  private final TokenizerSource tokenizer;
  private final Map<String, TensorView> tensors = new LinkedHashMap<>();

  private EncoderCheckpoint(Arena arena, Path directory) {
    this.arena = arena;
    this.location = directory;
    Map<String, StoredTensor> stored = SafetensorsShards.open(directory, arena);
    Path file = directory.resolve("config.json");
    this.config = BertConfig.read(new Fields(file, Json.object(file)), stored.keySet());
    this.embedding = SentenceTransformers.read(directory).orElse(EmbeddingDefaults.ENCODER);
    this.tokenizer = HuggingFaceTokenizer.readOrVocabulary(directory);
    for (Expected expected : BertTensors.of(config)) {
      tensors.put(expected.name(), view(stored, expected));
    }
  }

  /**
   * @throws ModelLoadException and unmaps everything when a tensor is missing or not as needed
   */
  static EncoderCheckpoint open(Path directory) {
    Arena arena = Arena.ofShared();
    EncoderCheckpoint opened = null;
    try {
      opened = new EncoderCheckpoint(arena, directory);
      return opened;
    } finally {
      if (opened == null) {
        arena.close();
      }
    }
  }

  private TensorView view(Map<String, StoredTensor> stored, Expected expected) {
    StoredTensor tensor = stored.get(config.prefix() + expected.name());
    if (tensor == null) {
      tensor = stored.get(config.prefix() + BertTensors.oldName(expected.name()));
    }
    if (tensor == null) {
      throw missing(expected.name());
    }
    return tensor.view(expected.name(), expected.shape());
  }

  private ModelLoadException missing(String name) {
    return new ModelLoadException(location, "tensor " + config.prefix() + name + " is missing");
  }

  @Override
  public Path location() {
    return location;
  }

  public EncoderConfig config() {
    return config;
  }

  public EmbeddingDefaults embedding() {
    return embedding;
  }

  public TokenizerSource tokenizer() {
    return tokenizer;
  }

  @Override
  public boolean has(String tensorName) {
    return tensors.containsKey(tensorName);
  }

  @Override
  public TensorView tensor(String tensorName) {
    TensorView view = tensors.get(tensorName);
    if (view == null) {
      throw missing(tensorName);
    }
    return view;
  }

  @Override
  public Collection<TensorView> tensors() {
    return tensors.values();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      arena.close();
    }
  }
}
