#include "interface.hpp"

#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/route/link/inet.h>

#include <cerrno>
#include <new>

namespace calicomesos::kernel {

Failure Interface::check_name(const std::string& name, const std::string& doing) {
  // libnl cuts a name that is too long, and the kernel numbers one with a "%d": both would be another interface.
  if (name.empty() || name.size() >= IFNAMSIZ || name.find_first_of("/%: \t\n") != std::string::npos ||
      name.find('\0') != std::string::npos || name == "." || name == "..") {
    return error(doing, EINVAL, "\"" + name + "\" is no name for an interface");
  }
  return std::nullopt;
}

Request Interface::up(const std::vector<std::pair<int, uint32_t>>& ipv4_conf) const {
  const NlLink original(rtnl_link_alloc()), changes(rtnl_link_alloc());
  rtnl_link_set_ifindex(original.get(), index_);
  rtnl_link_set_flags(changes.get(), IFF_UP);
  for (const auto& [setting, value] : ipv4_conf) {
    rtnl_link_inet_set_conf(changes.get(), setting, value);
  }
  nl_msg* message = nullptr;
  const int code = rtnl_link_build_change_request(original.get(), changes.get(), 0, &message);
  return Request("setting " + text_ + " up", code, message);
}

Request Interface::answer_proxy_arp_at_once() const {
  const NlNeighbourTable table(rtnl_neightbl_alloc()), changes(rtnl_neightbl_alloc());
  rtnl_neightbl_set_family(table.get(), AF_INET);
  rtnl_neightbl_set_name(table.get(), "arp_cache");
  rtnl_neightbl_set_dev(table.get(), index_);
  rtnl_neightbl_set_proxy_delay(changes.get(), 0);
  nl_msg* message = nullptr;
  const int code = rtnl_neightbl_build_change_request(table.get(), changes.get(), &message);
  return Request("setting proxy_delay of " + text_ + " to 0", code, message);
}

Request Interface::add_address(const Address& address) const {
  const NlInterfaceAddress added(rtnl_addr_alloc());
  const NlAddress local = nl_address(address);
  rtnl_addr_set_ifindex(added.get(), index_);
  rtnl_addr_set_local(added.get(), local.get());
  if (address.is_v6()) {
    rtnl_addr_set_flags(added.get(), IFA_F_NODAD);  // usable at once: on a link of two there is nobody else
  }
  nl_msg* message = nullptr;
  const int code = rtnl_addr_build_add_request(added.get(), NLM_F_CREATE | NLM_F_EXCL, &message);
  return Request("adding address " + address.text() + " to " + text_, code, message);
}

Request Interface::add_neighbour(const Address& address, const Mac& mac) const {
  const NlNeighbour added(rtnl_neigh_alloc());
  const NlAddress destination = nl_address(address), link_address = nl_address(mac);
  rtnl_neigh_set_ifindex(added.get(), index_);
  rtnl_neigh_set_dst(added.get(), destination.get());
  rtnl_neigh_set_lladdr(added.get(), link_address.get());
  rtnl_neigh_set_state(added.get(), NUD_PERMANENT);
  nl_msg* message = nullptr;
  const int code = rtnl_neigh_build_add_request(added.get(), NLM_F_CREATE | NLM_F_REPLACE, &message);
  return Request("adding neighbour " + address.text() + " on " + text_, code, message);
}

Request Interface::add_route(const Address& destination, int prefix, const Address* gateway, uint32_t table) const {
  const NlRoute added(rtnl_route_alloc());
  const NlAddress to = nl_address(destination, prefix);
  rtnl_route_set_dst(added.get(), to.get());
  rtnl_route_set_table(added.get(), table);
  // As Calico's CNI plug-in makes them. They go away with the interface: nobody needs to find them as ours.
  rtnl_route_set_protocol(added.get(), RTPROT_BOOT);
  rtnl_nexthop* hop = rtnl_route_nh_alloc();
  if (hop == nullptr) {
    throw std::bad_alloc();
  }
  rtnl_route_add_nexthop(added.get(), hop);  // which owns it from here
  rtnl_route_nh_set_ifindex(hop, index_);
  if (gateway != nullptr) {
    const NlAddress via = nl_address(*gateway);
    rtnl_route_nh_set_gateway(hop, via.get());
  }
  nl_msg* message = nullptr;
  const int code = rtnl_route_build_add_request(added.get(), NLM_F_CREATE | NLM_F_EXCL, &message);
  const std::string through = gateway ? " via " + gateway->text() : "";
  return Request("adding route " + destination.text() + "/" + std::to_string(prefix) + through + " dev " + text_, code,
                 message);
}

Request Interface::remove(const std::string& name) {
  const NlLink link(rtnl_link_alloc());
  rtnl_link_set_name(link.get(), name.c_str());
  nl_msg* message = nullptr;
  const int code = rtnl_link_build_delete_request(link.get(), &message);
  return Request("deleting " + name, code, message);
}

}  // namespace calicomesos::kernel
