package io.penstock.engine.kv;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PrefixCacheTest {
  private static final int HIGH = 0;
  private static final int LOW = 3;

  private final BlockPool pool = new BlockPool(6, 4);
  private final PrefixCache cache = new PrefixCache(pool, 1);
  private final int[] tokens = IntStream.range(0, 17).toArray();

  private BlockHashes names(String group, int[] of) {
    BlockHashes names = cache.hashes(cache.salt(group));
    names.extend(of, of.length);
    return names;
  }

  /** A table that has computed {@code of}, all full blocks published. */
  private BlockTable computed(String group, int[] of, int priority) {
    BlockTable table = new BlockTable(pool);
    table.tryGrow(of.length);
    BlockHashes names = names(group, of);
    for (int i = 0; i < names.count(); i++) {
      cache.publish(table.ids()[i], names, of, i, priority);
    }
    return table;
  }

  private void check(BlockTable... owners) {
    pool.checkInvariants(List.of(owners));
    cache.checkInvariants();
  }

  @Test
  void findsTheLongestSharedBeginning() {
    BlockTable first = computed("a", tokens, HIGH); // blocks 0 to 4, four of them full
    int[] other = tokens.clone();
    other[9] = 99;
    assertThat(cache.find(names("a", tokens), tokens, 9)).isEqualTo(4);
    assertThat(cache.find(names("a", tokens), tokens, 3)).isEqualTo(3);
    assertThat(cache.find(names("a", other), other, 9)).isEqualTo(2);
    int[] shifted = IntStream.range(1, 17).toArray();
    assertThat(cache.find(names("a", shifted), shifted, 9)).isZero();
    check(first);
  }

  @Test
  void anotherGroupFindsNothing() {
    computed("a", tokens, HIGH);
    assertThat(cache.find(names("b", tokens), tokens, 9)).isZero();
    assertThat(cache.salt("tenant x")).isNotEqualTo(cache.salt("tenant y"));
  }

  @Test
  void freedBlocksStayUntilTheyAreNeededTheEndOfAPromptFirst() {
    BlockTable first = computed("a", tokens, HIGH);
    first.release();
    assertThat(pool.freeBlocks()).isEqualTo(6);
    assertThat(pool.reusableBlocks()).isEqualTo(4);
    BlockTable next = new BlockTable(pool);
    next.tryGrow(12); // two were free, one is taken from the end
    assertThat(next.ids()).containsExactly(4, 5, 3);
    assertThat(cache.find(names("a", tokens), tokens, 9)).isEqualTo(3);

    BlockTable again = new BlockTable(pool);
    cache.attach(again, names("a", tokens), tokens, 2);
    assertThat(again.ids()).containsExactly(0, 1);
    assertThat(pool.freeBlocks()).isEqualTo(1);
    check(next, again);
  }

  @Test
  void aSharedBlockHasSeveralOwners() {
    BlockTable first = computed("a", tokens, HIGH);
    BlockTable second = new BlockTable(pool);
    cache.attach(second, names("a", tokens), tokens, 3);
    assertThat(pool.referenceCount(2)).isEqualTo(2);
    first.release();
    assertThat(pool.referenceCount(2)).isEqualTo(1);
    assertThat(pool.reusableBlocks()).isEqualTo(1);
    check(second);
  }

  @Test
  void blocksOfALowTierGoBeforeSomewhatOlderOnesOfAHighTier() {
    int[] high = {1, 2, 3, 4};
    int[] low = {5, 6, 7, 8};
    computed("a", high, HIGH).release();
    computed("a", low, LOW).release();
    BlockTable all = new BlockTable(pool);
    all.tryGrow(20);
    assertThat(cache.find(names("a", high), high, 1)).isEqualTo(1);
    assertThat(cache.find(names("a", low), low, 1)).isZero();
    check(all);
  }

  @Test
  void aFailedStepForgetsEverything() {
    BlockTable first = computed("a", tokens, HIGH);
    computed("a", new int[] {7, 7, 7, 7}, HIGH).release();
    cache.clear();
    assertThat(cache.size()).isZero();
    assertThat(pool.reusableBlocks()).isZero();
    check(first);
  }

  /** Random owners of few distinct prompts: what is found is always what was asked for. */
  @Property(tries = 300)
  void namesBlocksAndCountsAgree(
      @ForAll long seed, @ForAll @IntRange(min = 4, max = 16) int blocks) {
    Random random = new Random(seed);
    BlockPool pool = new BlockPool(blocks, 2);
    PrefixCache cache = new PrefixCache(pool, seed);
    int[][] contents = new int[blocks][];
    List<BlockTable> tables = new ArrayList<>();
    for (int call = 0; call < 80; call++) {
      if (random.nextInt(3) == 0 && !tables.isEmpty()) {
        tables.remove(random.nextInt(tables.size())).release();
      } else {
        int[] prompt = random.ints(1 + random.nextInt(9), 0, 2).toArray();
        BlockHashes names = cache.hashes(cache.salt("g" + random.nextInt(2)));
        names.extend(prompt, prompt.length);
        int found = cache.find(names, prompt, names.count());
        BlockTable table = new BlockTable(pool);
        cache.attach(table, names, prompt, found);
        for (int i = 0; i < found; i++) {
          assertThat(contents[table.ids()[i]]).containsExactly(prompt[2 * i], prompt[2 * i + 1]);
        }
        tables.add(table);
        if (table.tryGrow(prompt.length)) {
          for (int i = found; i < names.count(); i++) {
            contents[table.ids()[i]] = new int[] {prompt[2 * i], prompt[2 * i + 1]};
            cache.publish(table.ids()[i], names, prompt, i, random.nextInt(4));
          }
        }
      }
      pool.checkInvariants(tables);
      cache.checkInvariants();
    }
  }
}
