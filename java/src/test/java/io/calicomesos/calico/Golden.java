package io.calicomesos.calico;

import java.util.LinkedHashMap;
import java.util.Map;

/** What real Calico wrote: every key under /calico after two CNI networks and four containers, and its value. */
public final class Golden {
    private static final String TEXT = """
        # Calico v3.31.0 CNI plugin + calico-ipam, Debian etcd 3.4; every key under /calico after: Node+IPPool by calicoctl, ADD a1,a2 (network net-a), ADD b1 (net-b), ADD m1 (net-a, with Mesos labels and projectcalico.org/namespace=prod)
        KEY   /calico/ipam/v2/assignment/ipv4/block/198.18.119.0-26
        VALUE {"cidr":"198.18.119.0/26","affinity":"host:host1","allocations":[0,1,2,3,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null],"unallocated":[4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60,61,62,63],"attributes":[{"handle_id":"net-a.11111111-aaaa-4000-8000-000000000001","secondary":{"node":"host1","timestamp":"2026-11-23 19:25:08.147427988 +0000 UTC"}},{"handle_id":"net-b.33333333-bbbb-4000-8000-000000000001","secondary":{"node":"host1","timestamp":"2026-11-23 19:25:08.428496753 +0000 UTC"}},{"handle_id":"net-a.22222222-aaaa-4000-8000-000000000002","secondary":{"node":"host1","timestamp":"2026-11-23 19:25:42.882262899 +0000 UTC"}},{"handle_id":"net-a.44444444-cccc-4000-8000-000000000001","secondary":{"node":"host1","timestamp":"2026-11-23 19:25:43.757133567 +0000 UTC"}}],"sequenceNumber":1795461908175414199,"sequenceNumberForAllocation":{"0":1795461908175414195,"1":1795461908175414196,"2":1795461908175414197,"3":1795461908175414198},"deleted":false}
        KEY   /calico/ipam/v2/config
        VALUE {"auto_allocate_blocks":true}
        KEY   /calico/ipam/v2/handle/net-a.11111111-aaaa-4000-8000-000000000001
        VALUE {"block":{"198.18.119.0/26":1},"deleted":false}
        KEY   /calico/ipam/v2/handle/net-a.22222222-aaaa-4000-8000-000000000002
        VALUE {"block":{"198.18.119.0/26":1},"deleted":false}
        KEY   /calico/ipam/v2/handle/net-a.44444444-cccc-4000-8000-000000000001
        VALUE {"block":{"198.18.119.0/26":1},"deleted":false}
        KEY   /calico/ipam/v2/handle/net-b.33333333-bbbb-4000-8000-000000000001
        VALUE {"block":{"198.18.119.0/26":1},"deleted":false}
        KEY   /calico/ipam/v2/host/host1/ipv4/block/198.18.119.0-26
        VALUE {"state":"confirmed","deleted":false}
        KEY   /calico/resources/v3/projectcalico.org/clusterinformations/default
        VALUE {"kind":"ClusterInformation","apiVersion":"projectcalico.org/v3","metadata":{"name":"default","uid":"51d529dd-9c1d-4646-8713-f689d59032ed","creationTimestamp":"2026-11-23T19:24:50Z"},"spec":{"clusterGUID":"d947f66dfda34454931eaa565936ea72","datastoreReady":true}}
        KEY   /calico/resources/v3/projectcalico.org/ippools/judge-pool
        VALUE {"kind":"IPPool","apiVersion":"projectcalico.org/v3","metadata":{"name":"judge-pool","uid":"eadcf8aa-6f25-4de1-adde-2b3a826bbfcf","creationTimestamp":"2026-11-23T19:24:50Z"},"spec":{"cidr":"198.18.0.0/16","vxlanMode":"Never","ipipMode":"Never","blockSize":26,"nodeSelector":"all()","allowedUses":["Workload","Tunnel"],"assignmentMode":"Automatic"}}
        KEY   /calico/resources/v3/projectcalico.org/nodes/host1
        VALUE {"kind":"Node","apiVersion":"projectcalico.org/v3","metadata":{"name":"host1","uid":"76cdcb8c-4825-42b2-85f2-18fa7cdd11d3","creationTimestamp":"2026-11-23T19:24:50Z"},"spec":{},"status":{}}
        KEY   /calico/resources/v3/projectcalico.org/profiles/net-a
        VALUE {"kind":"Profile","apiVersion":"projectcalico.org/v3","metadata":{"name":"net-a","uid":"32a01a5b-d961-46a8-8f96-8386b85ae8db","creationTimestamp":"2026-11-23T19:25:08Z"},"spec":{"ingress":[{"action":"Allow","source":{"selector":"has(net-a)"},"destination":{}}],"egress":[{"action":"Allow","source":{},"destination":{}}],"labelsToApply":{"net-a":""}}}
        KEY   /calico/resources/v3/projectcalico.org/profiles/net-b
        VALUE {"kind":"Profile","apiVersion":"projectcalico.org/v3","metadata":{"name":"net-b","uid":"996e4315-0b85-400c-8817-c75e37af885e","creationTimestamp":"2026-11-23T19:25:08Z"},"spec":{"ingress":[{"action":"Allow","source":{"selector":"has(net-b)"},"destination":{}}],"egress":[{"action":"Allow","source":{},"destination":{}}],"labelsToApply":{"net-b":""}}}
        KEY   /calico/resources/v3/projectcalico.org/tiers/adminnetworkpolicy
        VALUE {"kind":"Tier","apiVersion":"projectcalico.org/v3","metadata":{"name":"adminnetworkpolicy","uid":"fdda1b9c-769a-413c-b2b7-ef3f5945b1ff","creationTimestamp":"2026-11-23T19:24:50Z"},"spec":{"order":1000,"defaultAction":"Pass"}}
        KEY   /calico/resources/v3/projectcalico.org/tiers/baselineadminnetworkpolicy
        VALUE {"kind":"Tier","apiVersion":"projectcalico.org/v3","metadata":{"name":"baselineadminnetworkpolicy","uid":"bc53f261-af05-486e-abfd-d33f9039c732","creationTimestamp":"2026-11-23T19:24:50Z"},"spec":{"order":10000000,"defaultAction":"Pass"}}
        KEY   /calico/resources/v3/projectcalico.org/tiers/default
        VALUE {"kind":"Tier","apiVersion":"projectcalico.org/v3","metadata":{"name":"default","uid":"f23b106f-d9c4-423b-948b-90c4f885ebe8","creationTimestamp":"2026-11-23T19:24:50Z"},"spec":{"order":1000000,"defaultAction":"Deny"}}
        KEY   /calico/resources/v3/projectcalico.org/workloadendpoints/default/host1-cni-11111111--aaaa--4000--8000--000000000001-eth0
        VALUE {"kind":"WorkloadEndpoint","apiVersion":"projectcalico.org/v3","metadata":{"name":"host1-cni-11111111--aaaa--4000--8000--000000000001-eth0","namespace":"default","uid":"78678dac-6cff-42d2-83dd-5e4f9c25a922","creationTimestamp":"2026-11-23T19:25:08Z","labels":{"projectcalico.org/namespace":"default","projectcalico.org/orchestrator":"cni"}},"spec":{"orchestrator":"cni","node":"host1","containerID":"11111111-aaaa-4000-8000-000000000001","endpoint":"eth0","ipNetworks":["198.18.119.0/32"],"profiles":["net-a"],"interfaceName":"cali11111111-aa","mac":"de:45:4e:40:8c:21"}}
        KEY   /calico/resources/v3/projectcalico.org/workloadendpoints/default/host1-cni-22222222--aaaa--4000--8000--000000000002-eth0
        VALUE {"kind":"WorkloadEndpoint","apiVersion":"projectcalico.org/v3","metadata":{"name":"host1-cni-22222222--aaaa--4000--8000--000000000002-eth0","namespace":"default","uid":"a84a1392-67f0-4620-b35a-5a2243597c07","creationTimestamp":"2026-11-23T19:25:42Z","labels":{"projectcalico.org/namespace":"default","projectcalico.org/orchestrator":"cni"}},"spec":{"orchestrator":"cni","node":"host1","containerID":"22222222-aaaa-4000-8000-000000000002","endpoint":"eth0","ipNetworks":["198.18.119.2/32"],"profiles":["net-a"],"interfaceName":"cali22222222-aa","mac":"d6:84:9a:23:30:f1"}}
        KEY   /calico/resources/v3/projectcalico.org/workloadendpoints/default/host1-cni-33333333--bbbb--4000--8000--000000000001-eth0
        VALUE {"kind":"WorkloadEndpoint","apiVersion":"projectcalico.org/v3","metadata":{"name":"host1-cni-33333333--bbbb--4000--8000--000000000001-eth0","namespace":"default","uid":"b46f27bc-f9fb-4376-9e14-f7ba27224590","creationTimestamp":"2026-11-23T19:25:08Z","labels":{"projectcalico.org/namespace":"default","projectcalico.org/orchestrator":"cni"}},"spec":{"orchestrator":"cni","node":"host1","containerID":"33333333-bbbb-4000-8000-000000000001","endpoint":"eth0","ipNetworks":["198.18.119.1/32"],"profiles":["net-b"],"interfaceName":"cali33333333-bb","mac":"72:24:ff:f5:63:6c"}}
        KEY   /calico/resources/v3/projectcalico.org/workloadendpoints/prod/host1-cni-44444444--cccc--4000--8000--000000000001-eth0
        VALUE {"kind":"WorkloadEndpoint","apiVersion":"projectcalico.org/v3","metadata":{"name":"host1-cni-44444444--cccc--4000--8000--000000000001-eth0","namespace":"prod","uid":"694be9a4-ee99-42e7-81b9-a07f59ce1577","creationTimestamp":"2026-11-23T19:25:43Z","labels":{"com.example.Tier":"web","projectcalico.org/namespace":"prod","projectcalico.org/orchestrator":"cni","rack":"r-1"}},"spec":{"orchestrator":"cni","node":"host1","containerID":"44444444-cccc-4000-8000-000000000001","endpoint":"eth0","ipNetworks":["198.18.119.3/32"],"profiles":["net-a"],"interfaceName":"cali44444444-cc","mac":"42:f5:80:5a:fb:d8"}}
        """;

    private Golden() {
    }

    /** Value by key. */
    public static Map<String, String> values() {
        final Map<String, String> values = new LinkedHashMap<>();
        String key = null;
        for (final String line : TEXT.split("\n")) {
            if (line.startsWith("KEY ")) {
                key = line.substring(3).strip();
            } else if (line.startsWith("VALUE ")) {
                values.put(key, line.substring(6));
            }
        }
        return values;
    }
}
