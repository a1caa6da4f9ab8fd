package io.penstock.api.access;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.LoggerFactory;

/** Every line that is logged: ours from TRACE on, others' from INFO on. */
final class CapturedLog extends AppenderBase<ILoggingEvent> implements AutoCloseable {
  private static final String OURS = "io.penstock";
  private final Queue<String> lines = new ConcurrentLinkedQueue<>();
  private final Logger root;
  private final Logger ours;
  private final Level rootBefore;
  private final Level oursBefore;

  CapturedLog() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    ours = context.getLogger(OURS);
    rootBefore = root.getLevel();
    oursBefore = ours.getLevel();
    setContext(context);
    start();
    root.addAppender(this);
    root.setLevel(Level.INFO);
    ours.setLevel(Level.TRACE);
  }

  @Override
  protected void append(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(event.getFormattedMessage());
    for (IThrowableProxy t = event.getThrowableProxy(); t != null; t = t.getCause()) {
      line.append(' ').append(t.getMessage());
    }
    lines.add(line.toString());
  }

  List<String> lines() {
    return List.copyOf(lines);
  }

  @Override
  public void close() {
    root.detachAppender(this);
    root.setLevel(rootBefore);
    ours.setLevel(oursBefore);
  }
}
