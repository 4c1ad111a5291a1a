#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "address.hpp"
#include "error.hpp"
#include "mac.hpp"
#include "token_bucket.hpp"

namespace calicomesos::kernel {

// A pair of interfaces: one end on the host, its peer in a container, both with what Calico gives a workload.
struct Veth {
  std::string network_namespace;         // the container's: "/proc/<pid>/ns/net"
  std::string host_interface;            // at most 15 characters; no '/', '%' or space
  std::string container_interface;       // likewise
  Mac container_mac;                     // unicast
  uint32_t mtu;                          // bytes, of both ends
  std::vector<Address> addresses;        // of the container, each a /32 or /128
  // Whether the container's traffic goes through this one. Through any other go just the answers to what came for its
  // addresses: its default route is in a table of its own, which is consulted for packets from these addresses.
  bool default_route;
  std::optional<uint32_t> tx_queue_length = std::nullopt;  // packets, of both ends; the kernel's own without
  std::optional<TokenBucket> ingress = std::nullopt;       // what the container receives at most
  std::optional<TokenBucket> egress = std::nullopt;        // what it sends at most
  std::string egress_device = {};                          // what limits that (egress_device.hpp); a name like the others
};

// Makes the pair and all that belongs to it, or nothing: after a failure everything made has been taken away again, and
// the error says which step failed. EEXIST: an interface of that name, or a route to one of the addresses, exists; it
// is left as it is. ENOENT: the container's process has gone. EINVAL: the namespace is the caller's own.
//
// Safe to call from several threads. The network namespace of the calling thread is the host's.
Failure attach_veth(const Veth& veth);

// Takes the pair away, with its routes, but not the egress device. Returns whether there was one. The policy rules inside the container (see
// default_route) stay: they do nothing without the table, which has gone, and end with the container.
Result<bool> detach_veth(const std::string& host_interface);

// The first half of that, which takes no time: from here on nothing leads to the container any more, so that others may have its
// addresses; the rest, with the egress device if there is one, is for delete_discarded to do. Returns whether there was such a pair.
Result<bool> discard_veth(const std::string& host_interface, const std::vector<Address>& addresses,
                          const std::string& egress_device);

// Takes away all pairs and egress devices that were discarded, also by a process before this one. Some 20 milliseconds, for however
// many.
Failure delete_discarded();

// The veth interfaces of the calling thread's network namespace whose names begin with the prefix.
Result<std::vector<std::string>> list_veths(const std::string& prefix);

// Whether there is an interface of that name, of whatever kind, in the calling thread's network namespace.
Result<bool> interface_exists(const std::string& name);

}  // namespace calicomesos::kernel
