package io.penstock.api.platform.database;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Stops the PostgreSQL server that a killed JVM left running on a data directory. */
final class OrphanedServer {
  private static final Logger LOG = LoggerFactory.getLogger(OrphanedServer.class);
  private static final long PATIENCE_SECONDS = 10;

  private OrphanedServer() {}

  /** Does nothing when none runs. The caller owns the data directory. */
  static void stop(Path cluster) throws IOException {
    Optional<ProcessHandle> server = find(cluster);
    if (server.isEmpty()) {
      return;
    }
    LOG.info(
        "Stopping the PostgreSQL (process {}) that a killed Penstock left", server.get().pid());
    server.get().destroy(); // SIGTERM: a smart shutdown; its clients are gone with the JVM
    if (!ended(server.get())) {
      server.get().destroyForcibly(); // the log is replayed at the next start
      if (!ended(server.get())) {
        throw new IOException("process " + server.get().pid() + " does not end");
      }
    }
    Files.deleteIfExists(cluster.resolve("postmaster.pid"));
  }

  /** The postmaster of this cluster, by its pid file and by what the process really runs. */
  private static Optional<ProcessHandle> find(Path cluster) throws IOException {
    Path pidFile = cluster.resolve("postmaster.pid");
    if (!Files.exists(pidFile)) {
      return Optional.empty();
    }
    List<String> lines = Files.readAllLines(pidFile);
    if (lines.size() < 2 || !lines.getFirst().strip().matches("\\d{1,18}")) {
      return Optional.empty();
    }
    return ProcessHandle.of(Long.parseLong(lines.getFirst().strip()))
        .filter(
            process ->
                process.info().command().map(c -> c.endsWith("/postgres")).orElse(false)
                    && process
                        .info()
                        .arguments()
                        .map(a -> List.of(a).contains(cluster.toString()))
                        .orElse(false));
  }

  private static boolean ended(ProcessHandle process) {
    try {
      process.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException _) {
      return false;
    }
  }
}
