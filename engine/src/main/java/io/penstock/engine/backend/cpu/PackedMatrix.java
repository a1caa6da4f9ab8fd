package io.penstock.engine.backend.cpu;

import io.penstock.engine.core.TensorView;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A matrix cut into tiles of {@link Lanes#COUNT} rows, still quantized, multiplied with the Vector
 * API.
 *
 * <p><b>Notes.</b> A task is a pair of tiles. Their weights are expanded to floats, {@value
 * #RECORDS_PER_PASS} records of 32 columns at a time, into scratch that stays in the L1 cache (2 x
 * 16 rows x 256 columns x 4 bytes = 32 KiB), and are then multiplied with all tokens, eight at a
 * time. An expansion costs 5 instructions for {@code lanes} weights and is shared by all tokens; a
 * product costs one FMA and, at eight tokens, 5/8 of a load.
 *
 * <p>Each output is one chain of FMAs over the columns in order, whatever the number of tokens:
 * sums wait in scratch between passes.
 */
final class PackedMatrix implements CpuMatrix {
  private static final int RECORDS_PER_PASS = 48;
  private static final int PASS_COLUMNS = RECORDS_PER_PASS * TileFormat.RECORD_COLUMNS;
  private static final int TILE_FLOATS = PASS_COLUMNS * Lanes.COUNT;
  private static final int PARALLEL_PACK_TILES = 8;

  /**
   * @param firstRow output that lane 0 computes
   * @param rows lanes in use
   */
  private record Tile(TileFormat format, long offset, int firstRow, int rows) {}

  private final Tile[] tiles;
  private final MemorySegment data;
  private final float[] bias;
  private final int outputs;
  private final boolean uniform;
  private final int inputs;

  PackedMatrix(List<TensorView> parts, float[] bias, Arena arena, WorkerPool pool) {
    this.bias = bias;
    this.inputs = parts.getFirst().columns();
    List<Tile> layout = new ArrayList<>();
    int records = Math.ceilDiv(inputs, TileFormat.RECORD_COLUMNS);
    long bytes = 0;
    int rows = 0;
    for (TensorView part : parts) {
      TileFormat format = TileFormat.of(part);
      for (int r = 0; r < part.rows(); r += Lanes.COUNT) {
        layout.add(new Tile(format, bytes, rows + r, Math.min(Lanes.COUNT, part.rows() - r)));
        bytes += (long) records * format.recordBytes();
      }
      rows += part.rows();
    }
    this.outputs = rows;
    this.tiles = layout.toArray(Tile[]::new);
    this.data = OffHeap.allocate(arena, bytes);
    TileFormat format = tiles[0].format();
    this.uniform = layout.stream().allMatch(t -> t.format() == format);
    pack(parts, pool);
  }

  private void pack(List<TensorView> parts, WorkerPool pool) {
    int firstTile = 0;
    int firstRow = 0;
    for (TensorView part : parts) {
      int from = firstTile;
      int row = firstRow;
      int count = Math.ceilDiv(part.rows(), Lanes.COUNT);
      pool.run(
          Math.ceilDiv(count, PARALLEL_PACK_TILES),
          (task, _) -> {
            int end = Math.min((task + 1) * PARALLEL_PACK_TILES, count);
            for (int i = task * PARALLEL_PACK_TILES; i < end; i++) {
              Tile tile = tiles[from + i];
              for (int lane = 0; lane < tile.rows(); lane++) {
                tile.format().pack(part, tile.firstRow() - row + lane, data, tile.offset(), lane);
              }
            }
          });
      firstTile += count;
      firstRow += part.rows();
    }
  }

  @Override
  public int outputs() {
    return outputs;
  }

  @Override
  public int inputs() {
    return inputs;
  }

  @Override
  public long bytes() {
    return data.byteSize();
  }

  @Override
  public void multiply(float[] x, int rows, float[] out, WorkerPool pool) {
    int pairs = Math.ceilDiv(tiles.length, 2);
    WorkerPool.Task fused = rows == 1 && uniform ? tiles[0].format().fusedTask(this, x, out) : null;
    if (fused != null) {
      pool.run(pairs, fused);
      return;
    }
    int[] at = rowOffsets(rows);
    pool.run(
        pairs,
        (pair, _) -> {
          float[] sums = Scratch.SUMS.get(at.length * 2 * Lanes.COUNT);
          float[] weights = Scratch.WEIGHTS.get(2 * TILE_FLOATS);
          multiplyPair(2 * pair, x, at, sums, weights);
          storePair(pair, sums, rows, out);
        });
  }

  MemorySegment data() {
    return data;
  }

  /** Records of 32 columns of a tile; the columns fill them. */
  int records() {
    return inputs / TileFormat.RECORD_COLUMNS;
  }

  /** First byte of a tile, or of the last one beyond it. */
  long tileOffset(int tile) {
    return tiles[Math.min(tile, tiles.length - 1)].offset();
  }

  /** Adds the bias to the sums (rows, 2, lanes) of a pair and puts them where they belong. */
  void storePair(int pair, float[] sums, int rows, float[] out) {
    store(2 * pair, 0, sums, rows, out);
    store(2 * pair + 1, 1, sums, rows, out);
  }

  /** Where each token's row starts, padded to a count that the product's variants add up to. */
  private int[] rowOffsets(int rows) {
    int[] at = new int[(rows + 1) / 2 * 2];
    for (int t = 0; t < at.length; t++) {
      at[t] = Math.min(t, rows - 1) * inputs;
    }
    return at;
  }

  private void multiplyPair(int first, float[] x, int[] at, float[] sums, float[] weights) {
    Tile a = tiles[first];
    Tile b = tiles[Math.min(first + 1, tiles.length - 1)];
    java.util.Arrays.fill(sums, 0, at.length * 2 * Lanes.COUNT, 0);
    int records = Math.ceilDiv(inputs, TileFormat.RECORD_COLUMNS);
    for (int r = 0; r < records; r += RECORDS_PER_PASS) {
      int pass = Math.min(RECORDS_PER_PASS, records - r);
      for (int i = 0; i < 2; i++) {
        expand(i == 0 ? a : b, r, pass, weights, i * TILE_FLOATS);
      }
      int column = r * TileFormat.RECORD_COLUMNS;
      int n = Math.min(PASS_COLUMNS, inputs - column);
      int t = 0;
      for (; t + 8 <= at.length; t += 8) {
        TileProduct.multiply8(weights, TILE_FLOATS, x, at, t, column, n, sums, t * 2 * Lanes.COUNT);
      }
      if (t + 4 <= at.length) {
        TileProduct.multiply4(weights, TILE_FLOATS, x, at, t, column, n, sums, t * 2 * Lanes.COUNT);
        t += 4;
      }
      if (t < at.length) {
        TileProduct.multiply2(weights, TILE_FLOATS, x, at, t, column, n, sums, t * 2 * Lanes.COUNT);
      }
    }
  }

  private void expand(Tile tile, int record, int records, float[] out, int at) {
    TileFormat format = tile.format();
    long from = tile.offset() + (long) record * format.recordBytes();
    format.expand(data, from, records, out, at);
  }

  private void store(int index, int second, float[] sums, int rows, float[] out) {
    if (index >= tiles.length) {
      return;
    }
    Tile tile = tiles[index];
    for (int t = 0; t < rows; t++) {
      int from = (2 * t + second) * Lanes.COUNT;
      int to = t * outputs + tile.firstRow();
      if (bias == null) {
        System.arraycopy(sums, from, out, to, tile.rows());
      } else {
        for (int lane = 0; lane < tile.rows(); lane++) {
          out[to + lane] = sums[from + lane] + bias[tile.firstRow() + lane];
        }
      }
    }
  }

  @Override
  public void copyRow(int row, float[] out, int offset) {
    Tile tile = tileOf(row);
    float[] weights = new float[TILE_FLOATS];
    int lane = row - tile.firstRow();
    int records = Math.ceilDiv(inputs, TileFormat.RECORD_COLUMNS);
    for (int r = 0; r < records; r += RECORDS_PER_PASS) {
      int pass = Math.min(RECORDS_PER_PASS, records - r);
      expand(tile, r, pass, weights, 0);
      int column = r * TileFormat.RECORD_COLUMNS;
      int n = Math.min(PASS_COLUMNS, inputs - column);
      for (int k = 0; k < n; k++) {
        out[offset + column + k] = weights[k * Lanes.COUNT + lane];
      }
    }
  }

  private Tile tileOf(int row) {
    int low = 0;
    int high = tiles.length - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (tiles[middle].firstRow() <= row) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return tiles[low];
  }
}
