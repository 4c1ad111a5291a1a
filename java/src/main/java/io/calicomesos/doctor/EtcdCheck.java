package io.calicomesos.doctor;

import io.calicomesos.etcd.Etcd;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Whether each endpoint of etcd answers: it may be away, or speak TLS otherwise than is configured. */
public final class EtcdCheck implements Check {
    private final Etcd etcd;
    private final List<URI> endpoints;

    /**
     * Prepares.
     *
     * @param etcd with all its settings
     * @param endpoints those that are configured
     */
    public EtcdCheck(Etcd etcd, List<URI> endpoints) {
        this.etcd = etcd;
        this.endpoints = endpoints;
    }

    @Override
    public String name() {
        return "etcd";
    }

    @Override
    public List<String> troubles() {
        Map<URI, CompletableFuture<Void>> asked = new LinkedHashMap<>();
        endpoints.forEach(each -> asked.put(each, etcd.answers(each)));
        List<String> troubles = new ArrayList<>();
        asked.forEach((endpoint, answer) -> {
            try {
                answer.join();
            } catch (CompletionException e) {
                troubles.add(endpoint + " does not answer: " + e.getCause().getMessage() + ". Is etcd running there, is it reached from here "
                        + "(`curl " + endpoint + "/health`), and do etcd_ca_cert_file and etcd_cert_file fit?");
            }
        });
        return troubles;
    }
}
