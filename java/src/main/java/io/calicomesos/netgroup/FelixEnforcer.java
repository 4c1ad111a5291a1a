package io.calicomesos.netgroup;

import java.util.concurrent.CompletableFuture;

/** calico-node's Felix on this host programs rules and routes from the endpoints in etcd: nothing is left to do here. */
public final class FelixEnforcer implements Enforcer {
    @Override
    public void start() {}

    @Override
    public CompletableFuture<Void> admit(Member member) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> dismiss(String key) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {}
}
