package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.BatchLayout;

/** Cuts a step's attention into work: integers only. */
interface AttentionPlanner {
  int mostInts();

  int recordedInts(int sequences);

  AttentionPlan plan(BatchLayout batch, BlockLists blocks, boolean recordable);
}
