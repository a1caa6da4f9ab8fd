package io.penstock.engine.nullmodel;

import io.penstock.engine.client.InferenceEngine;
import io.penstock.engine.client.ModelInfo;
import io.penstock.engine.core.TenantBudget;
import io.penstock.engine.kv.BlockPool;
import io.penstock.engine.runtime.DeviceWatch;
import io.penstock.engine.runtime.Engine;
import io.penstock.engine.runtime.Swap;
import io.penstock.engine.sched.LearntStepCost;
import io.penstock.engine.sched.Offloading;
import io.penstock.engine.sched.SchedulerConfig;
import io.penstock.engine.sched.SchedulerContext;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/**
 * An engine around a {@link NullModel}. All of it but the steps is the real one, so queues are
 * bounded, tenants share, budgets are asked, a cancelled request ends within a step, and the
 * figures are what happened; its KV cache has blocks and no bytes.
 */
public final class NullEngine {
  /** Most sequences, and most tokens, in a step: they cost nothing. */
  public static final int MAX_NUM_SEQS = 4096;

  public static final int MAX_NUM_BATCHED_TOKENS = 65_536;
  public static final int MAX_MODEL_LEN = 32_768;

  private static final int BLOCK_SIZE = 16;
  private static final int BLOCKS = 1 << 19; // 8 million tokens
  private static final long BLOCK_BYTES = 0;

  private NullEngine() {}

  /** Starts the engine's thread. */
  public static InferenceEngine start(
      String id, NullModel model, SchedulerConfig scheduling, TenantBudget budget) {
    NullText text = new NullText();
    ModelInfo info =
        new ModelInfo(
            id,
            "Null",
            "none",
            0,
            0,
            scheduling.maxModelLen(),
            NullText.VOCABULARY,
            "null: computes nothing",
            Instant.now(),
            Map.of(),
            scheduling.maxNumSeqs(),
            0,
            0,
            true,
            null);
    return Engine.start(
        info,
        text,
        text::stream,
        Set.of(NullText.END),
        scheduling,
        new BlockPool(BLOCKS, BLOCK_SIZE),
        new SchedulerContext(
            System::nanoTime, new LearntStepCost(), budget, null, Offloading.none()),
        BLOCK_BYTES,
        Swap.NONE,
        new NullRunner(model),
        DeviceWatch.NONE);
  }
}
