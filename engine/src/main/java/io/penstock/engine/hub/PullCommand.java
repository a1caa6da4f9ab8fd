package io.penstock.engine.hub;

import io.penstock.engine.core.ModelLoadException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;

/** {@code penstock pull MODEL}: fetches a model from the Hugging Face hub into the local cache. */
public final class PullCommand {
  private static final String USAGE =
      """
      usage: penstock pull org/name[@revision][:file.gguf]

      Fetches a model from the Hugging Face hub into its local cache and prints where it is.
      Environment: HF_TOKEN, HF_HOME, HF_HUB_CACHE, HF_HUB_OFFLINE, HF_ENDPOINT.""";
  private static final int FAILED = 1;
  private static final int MISUSED = 2;

  private PullCommand() {}

  public static void main(String[] args) {
    boolean terminal = System.console() != null && System.console().isTerminal();
    System.exit(run(args, System.getenv(), System.out, System.err, terminal));
  }

  /**
   * @param terminal whether {@code out} can redraw a line
   * @return the exit status: 0 done, 1 failed, 2 not called properly
   */
  static int run(
      String[] args, Map<String, String> env, PrintStream out, PrintStream err, boolean terminal) {
    if (args.length != 1 || args[0].startsWith("-")) {
      err.println(USAGE);
      return MISUSED;
    }
    ProgressPrinter progress = new ProgressPrinter(out, terminal);
    try {
      ModelRef ref = ModelRef.parse(args[0]);
      Path path = new HubClient(HubSettings.from(env)).fetch(ref, progress);
      progress.end();
      out.println(path);
      return 0;
    } catch (ModelLoadException e) {
      progress.end();
      err.println("error: " + e.getMessage());
      return FAILED;
    }
  }
}
