package io.penstock.engine.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class BlockPoolTest {

  @Test
  void handsOutIdsInOrderAndReusesTheHottestFirst() {
    BlockPool pool = new BlockPool(4, 16);
    BlockTable a = new BlockTable(pool);
    BlockTable b = new BlockTable(pool);
    assertThat(a.tryGrow(17)).isTrue();
    assertThat(b.tryGrow(1)).isTrue();
    assertThat(a.ids()).containsExactly(0, 1);
    assertThat(b.ids()).containsExactly(2);

    a.release();
    assertThat(b.tryGrow(48)).isTrue();
    assertThat(b.ids()).containsExactly(2, 0, 1);
  }

  @Test
  void growsWhollyOrNotAtAll() {
    BlockPool pool = new BlockPool(2, 16);
    BlockTable table = new BlockTable(pool);
    assertThat(table.tryGrow(33)).isFalse();
    assertThat(table.ids()).isEmpty();
    assertThat(pool.freeBlocks()).isEqualTo(2);
    assertThat(table.tryGrow(32)).isTrue();
    assertThat(table.tryGrow(32)).isTrue();
    assertThat(pool.freeBlocks()).isZero();
  }

  @Test
  void idsHandedOutEarlierDoNotChange() {
    BlockTable table = new BlockTable(new BlockPool(3, 16));
    table.tryGrow(16);
    int[] before = table.ids();
    table.tryGrow(40);
    table.release();
    assertThat(before).containsExactly(0);
  }

  @Test
  void sharedBlocksAreFreedByTheirLastOwner() {
    BlockPool pool = new BlockPool(3, 16);
    BlockTable first = new BlockTable(pool);
    BlockTable second = new BlockTable(pool);
    first.tryGrow(40);
    second.share(first, 2);
    assertThat(pool.referenceCount(0)).isEqualTo(2);
    assertThat(pool.referenceCount(2)).isEqualTo(1);

    first.release();
    assertThat(pool.freeBlocks()).isEqualTo(1);
    second.release();
    assertThat(pool.freeBlocks()).isEqualTo(3);
  }

  @Test
  void refusesToReleaseAFreeBlock() {
    BlockPool pool = new BlockPool(1, 16);
    assertThatThrownBy(() -> pool.release(0)).hasMessage("block 0 is free");
    assertThatThrownBy(() -> pool.retain(0)).hasMessage("block 0 is free");
  }

  @Test
  void theCheckerSeesALeak() {
    BlockPool pool = new BlockPool(2, 16);
    new BlockTable(pool).tryGrow(1);
    assertThatThrownBy(() -> pool.checkInvariants(List.of()))
        .hasMessage("block 0 counts 1 references, its owners are 0");
  }

  @Property(tries = 300)
  void invariantsHoldUnderAnyOrderOfCalls(
      @ForAll @IntRange(min = 1, max = 12) int numBlocks,
      @ForAll @Size(max = 80) List<@IntRange(max = 999) Integer> calls) {
    BlockPool pool = new BlockPool(numBlocks, 4);
    List<BlockTable> tables = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      tables.add(new BlockTable(pool));
    }
    for (int call : calls) {
      BlockTable table = tables.get(call % 5);
      BlockTable other = tables.get(call / 5 % 5);
      switch (call / 25 % 3) {
        case 0 -> table.tryGrow(call / 75 * 4);
        case 1 -> table.release();
        default -> {
          if (table.isEmpty()) {
            table.share(other, other.ids().length / 2);
          }
        }
      }
      pool.checkInvariants(tables);
    }
    tables.forEach(BlockTable::release);
    assertThat(pool.freeBlocks()).isEqualTo(numBlocks);
  }
}
