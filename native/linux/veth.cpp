#include "veth.hpp"

#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <netlink/route/link/veth.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <new>
#include <thread>

#include "egress_device.hpp"
#include "interface.hpp"
#include "libnl.hpp"
#include "netlink_socket.hpp"
#include "network_namespace.hpp"
#include "source_rule.hpp"
#include "sysctl.hpp"

namespace calicomesos::kernel {
namespace {

// Every host end has Calico's one MAC, so that it is known beforehand, in a container that is moved or restored too.
constexpr Mac kHostMac = {0xee, 0xee, 0xee, 0xee, 0xee, 0xee};
// The container's next hops: Calico's for IPv4, which no interface has; for IPv6 the link-local address that the kernel
// derives from the host end's MAC. The container finds both by a permanent neighbour entry, without asking.
const Address kGatewayV4 = Address::parse("169.254.1.1").value();
const Address kGatewayV6 = Address::parse("fe80::ecee:eeff:feee:eeee").value();
const Address kAnyV4 = Address::parse("0.0.0.0").value();
const Address kAnyV6 = Address::parse("::").value();

constexpr int kLoopback = 1;  // the index of lo in every network namespace

// The group of interfaces that are to be deleted: "cali" in ASCII.
constexpr uint32_t kDiscarded = 0x63616c69;

// The tables of container interfaces without the default route, out of the way of those that people number.
constexpr uint32_t kFirstTable = 7700;

bool uses(const Veth& veth, int family) {
  return std::any_of(veth.addresses.begin(), veth.addresses.end(),
                     [family](const Address& address) { return address.family() == family; });
}

std::string text(const Veth& veth) {
  return "veth " + veth.host_interface + " with peer " + veth.container_interface + " in " + veth.network_namespace;
}

Request create(const Veth& veth, const NetworkNamespace& container) {
  const NlLink host(rtnl_link_veth_alloc());
  const NlLink peer(rtnl_link_veth_get_peer(host.get()));
  const NlAddress host_mac = nl_address(kHostMac), peer_mac = nl_address(veth.container_mac);
  rtnl_link_set_name(host.get(), veth.host_interface.c_str());
  rtnl_link_set_addr(host.get(), host_mac.get());
  rtnl_link_set_name(peer.get(), veth.container_interface.c_str());
  rtnl_link_set_addr(peer.get(), peer_mac.get());
  rtnl_link_set_ns_fd(peer.get(), container.descriptor());
  for (const NlLink* end : {&host, &peer}) {
    rtnl_link_set_mtu(end->get(), veth.mtu);
    if (veth.tx_queue_length) {
      rtnl_link_set_txqlen(end->get(), *veth.tx_queue_length);
    }
    // By default the kernel makes a queue per processor, which on a large machine takes longest of all.
    rtnl_link_set_num_tx_queues(end->get(), 1);
    rtnl_link_set_num_rx_queues(end->get(), 1);
  }
  nl_msg* message = nullptr;
  const int code = rtnl_link_build_add_request(host.get(), NLM_F_CREATE | NLM_F_EXCL, &message);
  return Request("creating " + text(veth), code, message);
}

struct Setting {
  std::string name;
  const char* value;
};

Failure apply(const std::vector<Setting>& settings) {
  for (const Setting& setting : settings) {
    const Result<bool> written = sysctl::write(setting.name, setting.value);
    if (!written.ok()) {
      return written.error();
    }
  }
  return std::nullopt;
}

// What Calico's CNI plug-in does for the host end; and, as Felix does, permanent neighbours.
Failure configure_host(const Veth& veth, NetlinkSocket& socket) {
  Result<int> index = socket.index_of(veth.host_interface);
  if (!index.ok()) {
    return index.error();
  }
  const Interface interface(veth.host_interface, index.value(), "");
  // Before it is up: what the kernel does about IPv6 when an interface comes up depends on these.
  const std::string conf = "net/ipv6/conf/" + veth.host_interface;
  if (uses(veth, AF_INET6)) {
    if (Failure failure = apply({{conf + "/accept_dad", "0"},
                                 {conf + "/disable_ipv6", "0"},
                                 {conf + "/proxy_ndp", "1"},
                                 {conf + "/forwarding", "1"}})) {
      return failure;
    }
  }
  // A container must not give the host routes by router advertisements, whatever addresses it has.
  if (Failure failure = apply({{conf + "/accept_ra", "0"}}); failure && failure->number != ENOENT) {
    return failure;  // ENOENT: no IPv6 in this kernel, or on an interface with so small an MTU
  }

  if (veth.egress) {
    if (Failure failure = add_egress_device(veth.egress_device, veth.mtu, *veth.egress, interface, socket)) {
      return failure;
    }
  }
  std::vector<Request> requests;
  if (veth.ingress) {
    requests.push_back(interface.limit(*veth.ingress));
  }
  if (uses(veth, AF_INET)) {
    requests.push_back(interface.up(
        {{IPV4_DEVCONF_PROXY_ARP, 1}, {IPV4_DEVCONF_ROUTE_LOCALNET, 1}, {IPV4_DEVCONF_FORWARDING, 1}}));
    requests.push_back(interface.answer_proxy_arp_at_once());
  } else {
    requests.push_back(interface.up());
  }
  for (const Address& address : veth.addresses) {
    // The container's MAC is known: no packet waits for ARP, and no number of containers fills the kernel's table,
    // which does not count permanent neighbours.
    requests.push_back(interface.add_neighbour(address, veth.container_mac));
    requests.push_back(interface.add_route(address, address.bits(), nullptr, RT_TABLE_MAIN));
  }
  return socket.send(requests);
}

Failure configure_container_sysctls(const Veth& veth) {
  if (uses(veth, AF_INET)) {
    if (Failure failure = apply({{"net/ipv4/ip_forward", "0"}})) {
      return failure;
    }
  }
  if (uses(veth, AF_INET6)) {
    const std::string conf = "net/ipv6/conf/";
    return apply({{conf + "all/disable_ipv6", "0"},
                  {conf + "default/disable_ipv6", "0"},
                  {conf + "lo/disable_ipv6", "0"},
                  {conf + veth.container_interface + "/disable_ipv6", "0"},
                  {conf + veth.container_interface + "/accept_dad", "0"},
                  {conf + "all/forwarding", "0"}});
  }
  return std::nullopt;
}

// All or none of them: unlike all else, they do not go away with the interface.
Failure add_rules(const Veth& veth, uint32_t table, NetlinkSocket& socket) {
  const std::string where = " in " + veth.network_namespace;
  for (auto address = veth.addresses.begin(); address != veth.addresses.end(); ++address) {
    if (Failure failure = socket.send(SourceRule(*address, table, where).add())) {
      while (address != veth.addresses.begin()) {
        socket.send(SourceRule(*--address, table, where).remove());
      }
      return failure;
    }
  }
  return std::nullopt;
}

// Runs inside the container's network namespace.
Failure configure_container(const Veth& veth) {
  Result<NetlinkSocket> opened = NetlinkSocket::open();
  if (!opened.ok()) {
    return opened.error();
  }
  NetlinkSocket& socket = opened.value();
  Result<int> index = socket.index_of(veth.container_interface);
  if (!index.ok()) {
    return index.error();
  }
  if (Failure failure = configure_container_sysctls(veth)) {
    return failure;
  }

  const std::string where = " in " + veth.network_namespace;
  const Interface interface(veth.container_interface, index.value(), where);
  const uint32_t table = veth.default_route ? RT_TABLE_MAIN : kFirstTable + static_cast<uint32_t>(index.value());
  std::vector<Request> requests;
  requests.push_back(Interface("lo", kLoopback, where).up());
  requests.push_back(interface.up());
  for (const Address& address : veth.addresses) {
    requests.push_back(interface.add_address(address));
  }
  if (uses(veth, AF_INET)) {
    requests.push_back(interface.add_neighbour(kGatewayV4, kHostMac));
    requests.push_back(interface.add_route(kGatewayV4, kGatewayV4.bits(), nullptr, table));
    requests.push_back(interface.add_route(kAnyV4, 0, &kGatewayV4, table));
  }
  if (uses(veth, AF_INET6)) {
    requests.push_back(interface.add_neighbour(kGatewayV6, kHostMac));
    requests.push_back(interface.add_route(kAnyV6, 0, &kGatewayV6, table));
  }
  Failure failure = socket.send(requests);
  if (!failure && !veth.default_route) {
    failure = add_rules(veth, table, socket);
  }
  return failure;
}

// The host end came up before its peer. When attach returns, packets are to flow both ways.
Failure wait_until_running(const Veth& veth, NetlinkSocket& socket) {
  // Older kernels notice the peer when a worker gets to it: at once as a rule, but late on a busy host.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(1500);
  for (;;) {
    Result<bool> running = socket.is_running(veth.host_interface);
    if (!running.ok()) {
      return running.error();
    }
    if (running.value() || std::chrono::steady_clock::now() > deadline) {
      return std::nullopt;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

Failure configure(const Veth& veth, const NetworkNamespace& container, NetlinkSocket& socket) try {
  // The container's side last: whatever of it does not go away with the interface then never needs undoing from here.
  if (Failure failure = configure_host(veth, socket)) {
    return failure;
  }
  if (Failure failure = container.run([&veth] { return configure_container(veth); })) {
    return failure;
  }
  return wait_until_running(veth, socket);
} catch (const std::bad_alloc&) {
  return error("configuring " + text(veth), ENOMEM);
}

}  // namespace

Failure attach_veth(const Veth& veth) {
  for (const std::string& name : {veth.host_interface, veth.container_interface}) {
    if (Failure failure = Interface::check_name(name, "creating " + text(veth))) {
      return failure;
    }
  }
  Result<NetworkNamespace> container = NetworkNamespace::open(veth.network_namespace);
  if (!container.ok()) {
    return container.error();
  }
  Result<NetlinkSocket> socket = NetlinkSocket::open();
  if (!socket.ok()) {
    return socket.error();
  }
  const Request removal = Interface::remove(veth.host_interface);
  if (Failure failure = socket.value().send(create(veth, container.value()))) {
    return failure;
  }
  Failure failure = configure(veth, container.value(), socket.value());
  if (failure) {
    // One deletion takes everything along: the peer, and the addresses, routes, neighbours and settings of both.
    const Failure undone = socket.value().send(removal);
    if (undone && undone->number != ENODEV) {
      failure->message += "; and then, " + undone->message;
    }
    if (veth.egress) {
      if (const Result<bool> removed = remove_egress_device(veth.egress_device); !removed.ok()) {
        failure->message += "; and then, " + removed.error().message;
      }
    }
  }
  return failure;
}

Result<bool> detach_veth(const std::string& host_interface) {
  if (Failure failure = Interface::check_name(host_interface, "deleting " + host_interface)) {
    return *failure;
  }
  Result<NetlinkSocket> socket = NetlinkSocket::open();
  if (!socket.ok()) {
    return socket.error();
  }
  if (Failure failure = socket.value().send(Interface::remove(host_interface))) {
    if (failure->number == ENODEV) {
      return false;
    }
    return *failure;
  }
  return true;
}

Result<bool> discard_veth(const std::string& host_interface, const std::vector<Address>& addresses,
                          const std::string& egress_device) {
  if (Failure failure = Interface::check_name(host_interface, "discarding " + host_interface)) {
    return *failure;
  }
  Result<NetlinkSocket> opened = NetlinkSocket::open();
  if (!opened.ok()) {
    return opened.error();
  }
  NetlinkSocket& socket = opened.value();
  // Each may have gone by itself meanwhile.
  Failure failure;
  if (Result<int> index = socket.index_of(egress_device); index.ok()) {
    failure = socket.send(Interface(egress_device, index.value(), "").join(kDiscarded));
    if (failure && failure->number != ENODEV) {
      return *failure;
    }
  }
  Result<int> index = socket.index_of(host_interface);
  if (!index.ok()) {
    if (index.error().number == ENODEV) {
      return false;
    }
    return index.error();
  }
  const Interface interface(host_interface, index.value(), "");
  failure = socket.send(interface.join(kDiscarded));
  for (auto address = addresses.begin(); !failure && address != addresses.end(); ++address) {
    failure = socket.send(interface.remove_route(*address, address->bits(), RT_TABLE_MAIN));
    if (failure && failure->number == ESRCH) {
      failure = std::nullopt;
    }
  }
  if (failure && failure->number != ENODEV) {
    return *failure;
  }
  return !failure;
}

Failure delete_discarded() {
  Result<NetlinkSocket> socket = NetlinkSocket::open();
  if (!socket.ok()) {
    return socket.error();
  }
  Failure failure = socket.value().send(Interface::remove_group(kDiscarded));
  return failure && failure->number == ENODEV ? std::nullopt : failure;
}

Result<std::vector<std::string>> list_veths(const std::string& prefix) {
  Result<NetlinkSocket> socket = NetlinkSocket::open();
  if (!socket.ok()) {
    return socket.error();
  }
  nl_cache* dumped = nullptr;
  if (const int code = rtnl_link_alloc_cache(socket.value().get(), AF_UNSPEC, &dumped); code < 0) {
    return error("listing the interfaces", EIO, nl_geterror(code));
  }
  const NlCache links(dumped);
  std::vector<std::string> names;
  for (nl_object* object = nl_cache_get_first(links.get()); object != nullptr; object = nl_cache_get_next(object)) {
    auto* link = reinterpret_cast<rtnl_link*>(object);
    const char* name = rtnl_link_get_name(link);
    if (name != nullptr && rtnl_link_is_veth(link) && std::string(name).compare(0, prefix.size(), prefix) == 0) {
      names.push_back(name);
    }
  }
  return names;
}

Result<bool> interface_exists(const std::string& name) {
  if (Failure failure = Interface::check_name(name, "looking up " + name)) {
    return *failure;
  }
  Result<NetlinkSocket> socket = NetlinkSocket::open();
  if (!socket.ok()) {
    return socket.error();
  }
  Result<int> found = socket.value().index_of(name);
  if (!found.ok() && found.error().number != ENODEV) {
    return found.error();
  }
  return found.ok();
}

}  // namespace calicomesos::kernel
