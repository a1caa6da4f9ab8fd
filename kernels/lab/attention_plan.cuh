// The work lists of the attention kernels, as the engine's planner (AttentionWork) makes them; the lab's own copy, so
// that kernels are measured with the lists that they will get.
#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

namespace lab {

constexpr int kRecord = 8;
constexpr int kPage = 16;

struct Plan {
  std::vector<int> work;  // header and records
  int items = 0;          // grid.y
  int slots = 0;          // of partials
};

struct SequenceShape {
  int context;  // 0 is padding
  int queries;
};

inline int ceil_div(long a, long b) { return static_cast<int>((a + b - 1) / b); }

struct DecodeShape {
  int parallel;           // blocks of a segment: kvHeads * ceil(group / 8)
  int multiprocessors, blocks_per_multiprocessor;
  int window;
  int forced_target = 0;  // pages of a worker, for tests of the merging
  int forced_piece = 0;   // pages of a piece where each sequence is cut by itself, to see what is best
};

inline Plan plan_decode(const std::vector<SequenceShape>& sequences, const std::vector<int>& block_start,
                        const std::vector<int>& query_start, const DecodeShape& shape, bool early = true) {
  struct Piece {
    int sequence, first, pages, worker, split;
  };
  const int slots = std::max(1, shape.multiprocessors * shape.blocks_per_multiprocessor / shape.parallel);
  const auto first_page = [&](int s) {
    return shape.window > 0 ? std::max(0, sequences[s].context - shape.window) / kPage : 0;
  };
  long total = 0;
  int count = 0;
  for (size_t s = 0; s < sequences.size(); ++s) {
    if (sequences[s].context == 0 || sequences[s].queries != 1) continue;
    total += ceil_div(sequences[s].context, kPage) - first_page(s);
    ++count;
  }
  const int most_pieces = std::max(1, 2 * slots / 3);
  const bool even = count <= 4 || total <= 32L * slots;
  const bool generous = even && count * shape.parallel >= shape.multiprocessors;
  const int even_target = std::max(4, ceil_div(ceil_div(total, slots), 4) * 4);
  const int floor_target = std::max(16, ceil_div(total, 6L * slots));
  long left_total = total;
  std::vector<Piece> pieces;
  int worker = 0, load = 0, target = 0;
  // Few sequences: each by itself in pieces of one worker.
  const auto pieces_of = [&](int size) {
    int sum = 0;
    for (size_t s = 0; s < sequences.size(); ++s) {
      if (sequences[s].context == 0 || sequences[s].queries != 1) continue;
      sum += ceil_div(ceil_div(sequences[s].context, kPage) - first_page(s), size);
    }
    return sum;
  };
  int piece = 0;
  if (even && count > 0 && count <= most_pieces && shape.forced_target == 0) {
    piece = 4 * ceil_div(total, 4L * most_pieces);
    while (pieces_of(piece) > most_pieces) piece += 4;
    if (count > 4 && piece > 32) piece = 0;
  }
  if (shape.forced_piece > 0) piece = shape.forced_piece;
  const auto close = [&] {
    ++worker;
    load = 0;
  };
  for (size_t s = 0; s < sequences.size(); ++s) {
    if (sequences[s].context == 0 || sequences[s].queries != 1) continue;
    int page = first_page(s), left = ceil_div(sequences[s].context, kPage) - page, split = 0;
    const int step = left <= piece + 8 && shape.forced_piece == 0 ? left : piece;
    for (; piece > 0 && left > 0; page += step, left -= step) {
      pieces.push_back({static_cast<int>(s), page, std::min(step, left), worker++, split++});
    }
    while (left > 0) {
      if (load == 0) target = even ? even_target : std::max(floor_target, ceil_div(2 * left_total, 3L * slots));
      if (shape.forced_target > 0) target = shape.forced_target;
      const int room = target - load, slack = target / 4;
      int take;
      if (shape.forced_target == 0 &&
          (left <= room + slack || (load == 0 && split == 0 && (left <= 16 || (generous && left <= target * 3 / 2))))) {
        take = left;
      } else if (load > 0 && shape.forced_target == 0 &&
                 (room <= slack || (left <= target + slack && 2 * load >= target))) {
        close();
        continue;
      } else {
        take = std::min(left, room);
        if (left - take < 4 && shape.forced_target == 0) take = left;
      }
      pieces.push_back({static_cast<int>(s), page, take, worker, split++});
      page += take;
      left -= take;
      left_total -= take;
      load += take;
      if (load + slack >= target) close();
    }
  }
  const int workers = load > 0 ? worker + 1 : worker;
  Plan plan;
  plan.items = workers;
  plan.work.assign(kRecord * (1 + pieces.size()), 0);
  plan.work[0] = workers;
  plan.work[1] = early;
  std::vector<int> splits(sequences.size()), slot(sequences.size());
  for (const Piece& p : pieces) ++splits[p.sequence];
  for (size_t s = 0; s < sequences.size(); ++s) {
    slot[s] = plan.slots;
    if (splits[s] > 1) plan.slots += splits[s];
  }
  std::vector<int> last(workers, -1);
  int extra = workers;
  for (const Piece& p : pieces) {
    const int index = last[p.worker] < 0 ? p.worker : extra++;
    if (last[p.worker] >= 0) plan.work[kRecord * (1 + last[p.worker]) + 5] = index;
    last[p.worker] = index;
    const int record[kRecord] = {query_start[p.sequence], block_start[p.sequence] + p.first, p.pages, p.first * kPage,
                                 sequences[p.sequence].context, -1, slot[p.sequence],
                                 splits[p.sequence] << 16 | p.split};
    std::copy(record, record + kRecord, plan.work.begin() + kRecord * (1 + index));
  }
  return plan;
}

struct PrefillShape {
  int rows, group, kv_heads, window;
  int slots;  // blocks that the card runs at once
  int stage_pages;
  int forced_pages = 0;  // pages of an item, for tests of the merging
};

inline Plan plan_prefill(const std::vector<SequenceShape>& sequences, const std::vector<int>& block_start,
                         const std::vector<int>& query_start, const PrefillShape& shape) {
  struct Tile {
    int row, positions, position, block, first_page, pages;
  };
  const int positions = shape.rows / shape.group;
  std::vector<Tile> tiles;
  long total = 0;
  for (size_t s = 0; s < sequences.size(); ++s) {
    const int queries = sequences[s].queries;
    if (sequences[s].context == 0 || queries <= 1) continue;
    for (int at = 0; at < queries; at += positions) {
      const int count = std::min(positions, queries - at);
      const int position = sequences[s].context - queries + at;
      const int first = shape.window > 0 ? std::max(0, position - shape.window + 1) / kPage : 0;
      const int pages = (position + count - 1) / kPage + 1 - first;
      tiles.push_back({query_start[s] + at, count, position, block_start[s] + first, first, pages});
      total += pages;
    }
  }
  const int target = std::max(32, ceil_div(total * shape.kv_heads, shape.slots));
  Plan plan;
  std::vector<std::vector<int>> records;
  for (const Tile& t : tiles) {
    int splits = 2 * t.pages >= 3 * target ? (t.pages + target / 2) / target : 1;
    int per = ceil_div(ceil_div(t.pages, splits), shape.stage_pages) * shape.stage_pages;
    if (shape.forced_pages > 0) per = shape.forced_pages;
    splits = ceil_div(t.pages, per);
    for (int i = 0; i < splits; ++i) {
      records.push_back({t.row, t.positions, t.position, t.block + i * per, t.first_page + i * per,
                         std::min(per, t.pages - i * per), plan.slots, splits << 16 | i});
    }
    if (splits > 1) plan.slots += splits;
  }
  std::stable_sort(records.begin(), records.end(), [](const auto& a, const auto& b) { return a[5] > b[5]; });
  plan.items = static_cast<int>(records.size());
  plan.work.assign(kRecord, 0);
  plan.work[0] = plan.items;
  for (const auto& r : records) plan.work.insert(plan.work.end(), r.begin(), r.end());
  return plan;
}

}  // namespace lab
