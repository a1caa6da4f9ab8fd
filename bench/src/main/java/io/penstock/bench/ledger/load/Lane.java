package io.penstock.bench.ledger.load;

import io.penstock.bench.stream.SseConnection;
import java.io.IOException;
import java.util.function.BiConsumer;

/**
 * A connection of an open loop with a thread that reads its answers. Whoever sends does so on a
 * thread of its own, and the kernel wakes the reader when the answer comes: no other thread of the
 * generator has to wake for a request, as its time would be taken for the server's.
 */
final class Lane {
  private static final long STACK = 128 << 10;

  private final SseConnection connection;
  private final int server;
  private final int port;
  private final BiConsumer<Lane, Sent> receiver;
  private volatile LoadRequest request;
  private volatile boolean over;

  /**
   * @param receiver is told what became of each request
   */
  Lane(int server, int port, BiConsumer<Lane, Sent> receiver) throws IOException {
    this.connection = new SseConnection("127.0.0.1", port);
    this.server = server;
    this.port = port;
    this.receiver = receiver;
    Thread thread = new Thread(null, this::read, "lane", STACK);
    thread.setDaemon(true);
    thread.start();
  }

  int server() {
    return server;
  }

  /** Whether the server has closed it. */
  boolean isOver() {
    return over;
  }

  /** Sends the next request; the one before must have been answered. */
  void send(LoadRequest next, String body) {
    request = next;
    try {
      next.send(connection, body);
    } catch (IOException _) {
      close(); // the reader finds out
    }
  }

  private void read() {
    Sent.End end = Sent.End.WHOLE;
    while (end == Sent.End.WHOLE || end == Sent.End.REFUSED) {
      try {
        connection.await();
      } catch (IOException _) {
        close(); // so does the request, should there be one
      }
      LoadRequest current = request;
      if (current == null) {
        over = true;
        return;
      }
      request = null;
      Sent sent = current.answer(connection, port);
      end = sent.end();
      receiver.accept(this, sent);
    }
  }

  void close() {
    try {
      connection.close();
    } catch (IOException _) {
      // it is of no use any more either way
    }
  }
}
