package io.penstock.api.alerts;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.resolver.InetSocketAddressResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import reactor.core.scheduler.Schedulers;

/**
 * Resolves names to public addresses only. The connection goes to the address that was looked at: a
 * name that changes its mind in between (DNS rebinding) gains nothing.
 */
final class PublicResolver extends AddressResolverGroup<InetSocketAddress> {

  @Override
  protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
    return new InetSocketAddressResolver(executor, new Names(executor));
  }

  private static final class Names extends InetNameResolver {
    Names(EventExecutor executor) {
      super(executor);
    }

    @Override
    protected void doResolve(String name, Promise<InetAddress> promise) {
      look(name, promise, List::getFirst);
    }

    @Override
    protected void doResolveAll(String name, Promise<List<InetAddress>> promise) {
      look(name, promise, addresses -> addresses);
    }

    /** The system's resolver blocks. */
    private static <T> void look(
        String name, Promise<T> promise, java.util.function.Function<List<InetAddress>, T> result) {
      Schedulers.boundedElastic()
          .schedule(
              () -> {
                try {
                  List<InetAddress> addresses =
                      Arrays.stream(InetAddress.getAllByName(name))
                          .filter(PublicAddress::is)
                          .toList();
                  if (addresses.isEmpty()) {
                    promise.setFailure(new UnknownHostException(name + " has no public address"));
                  } else {
                    promise.setSuccess(result.apply(addresses));
                  }
                } catch (UnknownHostException e) {
                  promise.setFailure(e);
                }
              });
    }
  }
}
