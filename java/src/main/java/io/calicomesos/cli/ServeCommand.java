package io.calicomesos.cli;

import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import io.calicomesos.config.Configuration;
import io.calicomesos.config.ConfigurationException;
import io.calicomesos.config.EnforcerKind;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.page.PageServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code calico-mesos serve}: the cluster as a page in a browser, live, until it is ended. */
@Command(
        name = "serve",
        description = "Show the cluster as a page in a browser, live: hosts, containers, who reaches whom, addresses, recent launches.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:ended, by SIGTERM or SIGINT", "2:it cannot listen there, or the options are wrong"})
final class ServeCommand implements Callable<Integer> {
    private static final int CLOSING_SECONDS = 5;

    @Spec
    private CommandSpec spec;

    @Option(names = "--listen", paramLabel = "ADDRESS:PORT", defaultValue = "127.0.0.1:19092",
            description = "Where the browser finds it; port 0 for any that is free; default: ${DEFAULT-VALUE}")
    private String listen;

    @Option(names = "--expose", description = "Listen even where others than this host can ask. There is no password, and no encryption")
    private boolean expose;

    @Mixin
    private EtcdOptions etcdOptions;

    @Mixin
    private LiveOptions live;

    @Override
    public Integer call() throws ConfigurationException, IOException, InterruptedException {
        InetSocketAddress address = address();
        EnforcerKind enforcer = etcdOptions.configuration().map(Configuration::enforcer).orElse(EnforcerKind.BUILTIN);
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        try (Etcd etcd = new Etcd(etcdOptions.access(), EtcdConnection.TIMEOUT);
                PageServer server = listen(address, etcd, enforcer)) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> end(end, ended), "calico-mesos-end"));
            server.start();
            spec.commandLine().getOut().println("calico-mesos: the page is at http://" + InetAddresses.toUriString(server.address().getAddress())
                    + ":" + server.address().getPort() + "/");
            spec.commandLine().getOut().flush();
            end.await();
        }
        ended.countDown();
        return 0;
    }

    /** On a signal. What was asked for is done then: that is no failure. */
    private static void end(CountDownLatch end, CountDownLatch ended) {
        end.countDown();
        try {
            ended.await(CLOSING_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(0);
    }

    private PageServer listen(InetSocketAddress address, Etcd etcd, EnforcerKind enforcer) throws ConfigurationException, IOException {
        try {
            return new PageServer(address, etcd, etcdOptions.nodeName(), enforcer, live.client(etcdOptions.configuration()));
        } catch (IOException e) {
            throw new IOException("--listen is " + listen + ", where it cannot: " + e.getMessage(), e);
        }
    }

    private InetSocketAddress address() {
        HostAndPort read;
        try {
            read = HostAndPort.fromString(listen);
        } catch (IllegalArgumentException e) {
            throw expected();
        }
        if (!Cidr.isAddress(read.getHost()) || !read.hasPort()) {
            throw expected();
        }
        InetSocketAddress address = new InetSocketAddress(InetAddresses.forString(read.getHost()), read.getPort());
        if (!address.getAddress().isLoopbackAddress() && !expose) {
            throw new ParameterException(spec.commandLine(), "--listen is " + listen + ", where others than this host can ask, and there is "
                    + "no password: take an address of the loopback, or add --expose");
        }
        return address;
    }

    private ParameterException expected() {
        return new ParameterException(
                spec.commandLine(), "--listen is '" + listen + "': an IP address and a port are expected, as in 127.0.0.1:19092");
    }
}
