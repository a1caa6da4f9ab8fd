package io.penstock.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/**
 * Rows as JSON. As a program, {@code RowFile OUT IN...} joins the files of several runs into one,
 * prints the table and exits as a benchmark with all their rows would.
 */
public final class RowFile {
  private RowFile() {}

  public static void main(String[] args) {
    List<Row> rows = new ArrayList<>();
    for (int i = 1; i < args.length; i++) {
      rows.addAll(read(Path.of(args[i])));
    }
    write(Path.of(args[0]), rows);
    System.out.print(Table.render(rows));
    System.exit(rows.stream().anyMatch(row -> Boolean.FALSE.equals(row.holds())) ? 1 : 0);
  }

  static List<Row> read(Path file) {
    return List.of(JsonMapper.shared().readValue(file.toFile(), Row[].class));
  }

  /** Replaces the file in one step: a reader sees the old rows or the new ones. */
  static void write(Path file, List<Row> rows) {
    Path target = file.toAbsolutePath();
    try {
      Path fresh = Files.createTempFile(target.getParent(), target.getFileName().toString(), "new");
      Files.writeString(
          fresh,
          JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(rows) + "\n");
      Files.move(fresh, target, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
