package io.penstock.engine.weights;

import io.penstock.engine.core.EmbeddingDefaults;
import io.penstock.engine.core.GenerationDefaults;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.TensorView;
import io.penstock.engine.core.TokenizerSource;
import io.penstock.engine.weights.ArchitectureTensors.Biases;
import io.penstock.engine.weights.ArchitectureTensors.Expected;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A checkpoint of either container: owns the arena that keeps its files mapped. */
final class MappedCheckpoint implements Checkpoint {
  private static final Logger log = LoggerFactory.getLogger(MappedCheckpoint.class);

  /** What a container's reader found, before it is held against the architecture. */
  record Contents(
      Path location,
      ModelConfig config,
      Biases biases,
      GenerationDefaults generation,
      Optional<EmbeddingDefaults> embedding,
      TokenizerSource tokenizer,
      Map<String, StoredTensor> stored,
      UnaryOperator<String> storedName) {}

  /** Reads a container into an arena that outlives it only if reading succeeds. */
  @FunctionalInterface
  interface Reader {
    Contents read(Arena arena);
  }

  private final Arena arena;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Contents contents;
  private final Map<String, TensorView> tensors;

  private MappedCheckpoint(Arena arena, Contents contents) {
    this.arena = arena;
    this.contents = contents;
    this.tensors = Collections.unmodifiableMap(views(contents));
  }

  /**
   * @throws ModelLoadException and unmaps everything when a tensor is missing or not as needed
   */
  static Checkpoint open(Reader reader) {
    Arena arena = Arena.ofShared();
    MappedCheckpoint opened = null;
    try {
      opened = new MappedCheckpoint(arena, reader.read(arena));
      return opened;
    } finally {
      if (opened == null) {
        arena.close();
      }
    }
  }

  private static Map<String, TensorView> views(Contents c) {
    List<Expected> expected = ArchitectureTensors.of(c.config, c.biases);
    Map<String, TensorView> views = LinkedHashMap.newLinkedHashMap(expected.size());
    for (Expected e : expected) {
      StoredTensor stored = c.stored.get(c.storedName.apply(e.name()));
      if (stored != null) {
        views.put(e.name(), stored.view(e.name(), e.shape()));
      } else if (!e.optional()) {
        throw missing(c, e.name());
      }
    }
    logUnused(c, expected);
    return views;
  }

  /** Not an error, as in transformers: but it shows when a variant of a model is misread. */
  private static void logUnused(Contents c, List<Expected> expected) {
    Set<String> unused = new TreeSet<>(c.stored.keySet());
    expected.forEach(e -> unused.remove(c.storedName.apply(e.name())));
    unused.remove(GgufNames.ROPE_FACTORS);
    if (!unused.isEmpty()) {
      log.info(
          "{}: {} tensors are not used, such as {}",
          c.location,
          unused.size(),
          unused.iterator().next());
    }
  }

  private static ModelLoadException missing(Contents c, String name) {
    return new ModelLoadException(c.location, "tensor " + c.storedName.apply(name) + " is missing");
  }

  @Override
  public Path location() {
    return contents.location;
  }

  @Override
  public ModelConfig config() {
    return contents.config;
  }

  @Override
  public GenerationDefaults generation() {
    return contents.generation;
  }

  @Override
  public Optional<EmbeddingDefaults> embedding() {
    return contents.embedding;
  }

  @Override
  public TokenizerSource tokenizer() {
    return contents.tokenizer;
  }

  @Override
  public boolean has(String tensorName) {
    return tensors.containsKey(tensorName);
  }

  @Override
  public TensorView tensor(String tensorName) {
    TensorView view = tensors.get(tensorName);
    if (view == null) {
      throw missing(contents, tensorName);
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
