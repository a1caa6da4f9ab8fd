package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.BatchLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Cuts chunks of query tokens into tiles of consecutive positions, the longest first so that short
 * ones fill the gaps at the end. Where there are fewer tiles than the GPU runs blocks (a short
 * chunk on a long prefix), the pages of a tile are cut into several items whose results are merged.
 *
 * <p>A record: token row of the tile's first position; positions; position of the first in its
 * sequence; index in the block ids of the item's first page; that page's number in the sequence;
 * pages; first partial slot of the tile; its items and which one this is, packed.
 */
final class PrefillWork {
  private static final int LEAST_CUT_PAGES = 32;

  private PrefillWork() {}

  /** Query positions from {@code position} on and the pages that they see. */
  private record Tile(int row, int positions, int position, int block, int firstPage, int pages) {}

  private record Item(Tile tile, int skipped, int pages, int slot, int packedSplit) {}

  /**
   * @param takes whether a sequence is for this kernel
   * @param blockStart (sequences) index in the uploaded block ids of each sequence's first
   * @param window tokens that a query sees including itself, 0 for all
   */
  static WorkList of(
      BatchLayout batch,
      IntPredicate takes,
      int[] blockStart,
      AttentionKernels kernels,
      int window) {
    List<Tile> tiles = new ArrayList<>();
    for (int s = 0; s < batch.numSequences(); s++) {
      if (takes.test(s)) {
        addTiles(tiles, batch, s, blockStart[s], kernels.prefillPositions(), window);
      }
    }
    return list(cut(tiles, kernels));
  }

  private static void addTiles(
      List<Tile> tiles, BatchLayout batch, int s, int blockStart, int positions, int window) {
    int firstRow = batch.queryStart()[s];
    int endRow = batch.queryStart()[s + 1];
    for (int row = firstRow; row < endRow; row += positions) {
      int count = Math.min(positions, endRow - row);
      int position = batch.contextLengths()[s] - (endRow - row);
      int firstPage = (window > 0 ? Math.max(0, position - window + 1) : 0) / AttentionKernels.PAGE;
      int pages = (position + count - 1) / AttentionKernels.PAGE + 1 - firstPage;
      tiles.add(new Tile(row, count, position, blockStart + firstPage, firstPage, pages));
    }
  }

  private static List<Item> cut(List<Tile> tiles, AttentionKernels kernels) {
    long total = tiles.stream().mapToLong(Tile::pages).sum();
    int share = (int) Math.ceilDiv(total, (long) kernels.prefillSlots());
    int target = Math.max(LEAST_CUT_PAGES, share);
    int stage = kernels.prefillStagePages();
    List<Item> items = new ArrayList<>();
    int partials = 0;
    for (Tile tile : tiles) {
      int wanted = 2L * tile.pages() >= 3L * target ? (tile.pages() + target / 2) / target : 1;
      int pages = Math.ceilDiv(Math.ceilDiv(tile.pages(), wanted), stage) * stage;
      int splits = Math.ceilDiv(tile.pages(), pages);
      for (int i = 0; i < splits; i++) {
        int skipped = i * pages;
        int count = Math.min(pages, tile.pages() - skipped);
        items.add(new Item(tile, skipped, count, partials, WorkList.pack(splits, i)));
      }
      partials += splits > 1 ? splits : 0;
    }
    items.sort(Comparator.comparingInt(Item::pages).reversed());
    return items;
  }

  private static WorkList list(List<Item> items) {
    int[] ints = new int[WorkList.RECORD * (1 + items.size())];
    ints[0] = items.size();
    int partials = 0;
    int at = WorkList.RECORD;
    for (Item item : items) {
      Tile tile = item.tile();
      ints[at] = tile.row();
      ints[at + 1] = tile.positions();
      ints[at + 2] = tile.position();
      ints[at + 3] = tile.block() + item.skipped();
      ints[at + 4] = tile.firstPage() + item.skipped();
      ints[at + 5] = item.pages();
      ints[at + 6] = item.slot();
      ints[at + 7] = item.packedSplit();
      at += WorkList.RECORD;
      int splits = item.packedSplit() >> 16;
      partials = splits > 1 ? Math.max(partials, item.slot() + splits) : partials;
    }
    return new WorkList(ints, items.size(), partials);
  }
}
