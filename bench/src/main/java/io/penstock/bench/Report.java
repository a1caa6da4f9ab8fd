package io.penstock.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Collects a benchmark's rows and shows how far it has come. */
public final class Report {
  private final List<Row> rows = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final ProgressBar progress;
  private final Consumer<Report> onAdd;

  public Report(ProgressBar progress) {
    this(progress, _ -> {});
  }

  /**
   * @param onAdd told after each row, so that what is known survives a run that is cut short
   */
  public Report(ProgressBar progress, Consumer<Report> onAdd) {
    this.progress = progress;
    this.onAdd = onAdd;
  }

  public void add(Row row) {
    rows.add(row);
    progress.line(Table.line(row));
    onAdd.accept(this);
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
