package io.penstock.api.platform.web;

import io.netty.handler.flush.FlushConsolidationHandler;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.stereotype.Component;

/**
 * What an event loop writes to a connection in one go leaves in one system call: an answer's head,
 * its first events and, if it is short, its end. Nothing waits for it.
 */
@Component
final class FlushPolicy implements WebServerFactoryCustomizer<NettyReactiveWebServerFactory> {
  private static final int MOST_FLUSHES = 64;

  @Override
  public void customize(NettyReactiveWebServerFactory factory) {
    factory.addServerCustomizers(
        server ->
            server.doOnChannelInit(
                (_, channel, _) ->
                    channel
                        .pipeline()
                        .addFirst(new FlushConsolidationHandler(MOST_FLUSHES, true))));
  }
}
