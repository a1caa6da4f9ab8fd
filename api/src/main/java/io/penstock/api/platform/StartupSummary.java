package io.penstock.api.platform;

import java.util.List;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * Says once where the server is. Printed and not logged: notes may hold first credentials, which
 * must not reach a log file.
 */
@Component
class StartupSummary {
  private final Environment environment;
  private final List<StartupNote> notes;

  StartupSummary(Environment environment, List<StartupNote> notes) {
    this.environment = environment;
    this.notes = notes;
  }

  @EventListener
  void started(ApplicationReadyEvent event) {
    String base = "http://localhost:" + environment.getProperty("local.server.port");
    StringBuilder text = new StringBuilder("\n");
    text.append("  Penstock serves at ").append(base).append('\n');
    text.append("  Console            ").append(base).append("/console\n");
    text.append("  API description    ").append(base).append("/swagger-ui.html\n");
    for (StartupNote note : notes) {
      List<String> lines = note.lines(base);
      if (!lines.isEmpty()) {
        text.append('\n');
        lines.forEach(line -> text.append("  ").append(line).append('\n'));
      }
    }
    System.out.println(text);
  }
}
