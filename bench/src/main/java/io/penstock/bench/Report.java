package io.penstock.bench;

import java.util.ArrayList;
import java.util.List;

/** Collects a benchmark's rows and shows how far it has come. */
public final class Report {
  private final List<Row> rows = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final ProgressBar progress;

  public Report(ProgressBar progress) {
    this.progress = progress;
  }

  public void add(Row row) {
    rows.add(row);
  }

  /** A sentence to read the figures by: the machine, the peer, what was left out. */
  public void note(String text) {
    notes.add(text);
  }

  /**
   * @param share of the whole benchmark, 0 to 1
   * @param doing what begins now
   */
  public void progress(double share, String doing) {
    progress.show(share, doing);
  }

  public List<Row> rows() {
    return List.copyOf(rows);
  }

  public List<String> notes() {
    return List.copyOf(notes);
  }

  public boolean allHold() {
    return rows.stream().noneMatch(row -> Boolean.FALSE.equals(row.holds()));
  }
}
