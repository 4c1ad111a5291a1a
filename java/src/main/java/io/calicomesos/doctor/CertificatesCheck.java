package io.calicomesos.doctor;

import io.calicomesos.etcd.EtcdAccess;
import io.calicomesos.etcd.EtcdCertificates;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether the certificates between this host and etcd are valid, and will be for a while: ours, in the files, and the members', as they
 * show them. By this host's clock.
 */
public final class CertificatesCheck implements Check {
    /** A short-lived one is replaced later than that. */
    private static final Duration SOON = Duration.ofDays(14);
    private static final int SOON_PART = 3;

    private final EtcdAccess access;
    private final Clock clock;

    /**
     * Prepares.
     *
     * @param access where etcd is, and our certificates
     * @param clock this host's
     */
    public CertificatesCheck(EtcdAccess access, Clock clock) {
        this.access = access;
        this.clock = clock;
    }

    @Override
    public String name() {
        return "certificates";
    }

    @Override
    public List<String> troubles() {
        List<String> troubles = new ArrayList<>();
        access.certFile().ifPresent(file -> in(file).forEach(each -> trouble("etcd_cert_file " + file, each,
                "replace it and etcd_key_file: they are read again without a restart").ifPresent(troubles::add)));
        access.caCertFile().ifPresent(file -> {
            // One that is over does no harm beside its successor.
            List<Optional<String>> all = in(file).stream()
                    .map(each -> trouble("etcd_ca_cert_file " + file, each, "add its successor to the file")).toList();
            if (all.stream().allMatch(Optional::isPresent)) {
                all.forEach(each -> troubles.add(each.orElseThrow()));
            }
        });
        access.endpoints().forEach(endpoint -> EtcdCertificates.shownBy(endpoint).forEach(each ->
                trouble("etcd at " + endpoint, each, "replace etcd's --cert-file and --key-file there").ifPresent(troubles::add)));
        return troubles;
    }

    private static List<X509Certificate> in(Path file) {
        try {
            return EtcdCertificates.in(file);
        } catch (IllegalArgumentException e) {
            return List.of(); // Whoever connects to etcd says so.
        }
    }

    private Optional<String> trouble(String whose, X509Certificate certificate, String advice) {
        Instant now = clock.instant();
        Instant from = certificate.getNotBefore().toInstant();
        Instant until = certificate.getNotAfter().toInstant();
        String which = whose + ": the certificate of " + certificate.getSubjectX500Principal().getName();
        if (now.isBefore(from)) {
            return Optional.of(which + " is valid only from " + from + " on, and this host's clock says " + now.truncatedTo(ChronoUnit.SECONDS)
                    + ": is the clock right? See `timedatectl`");
        }
        Duration left = Duration.between(now, until);
        if (left.isNegative()) {
            return Optional.of(which + " was valid until " + until + ", and this host's clock says " + now.truncatedTo(ChronoUnit.SECONDS)
                    + ": " + advice);
        }
        boolean soon = left.compareTo(SOON) < 0 && left.compareTo(Duration.between(from, until).dividedBy(SOON_PART)) < 0;
        return soon ? Optional.of(which + " is valid until " + until + ", for " + (left.toDays() > 0 ? left.toDays() + " days" : left.toHours()
                + " hours") + ": " + advice) : Optional.empty();
    }
}
