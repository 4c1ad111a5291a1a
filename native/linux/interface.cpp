#include "interface.hpp"

#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/if_ether.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <net/if.h>
#include <netlink/route/act/mirred.h>
#include <netlink/route/cls/u32.h>
#include <netlink/route/link/inet.h>
#include <netlink/utils.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <new>

namespace calicomesos::kernel {
namespace {

constexpr uint32_t kFilters = 0xffff0000;  // the handle of the one qdisc for what comes in
constexpr uint64_t kMicroseconds = 1000000;

uint32_t saturated(uint64_t value) {
  return static_cast<uint32_t>(std::min<uint64_t>(value, std::numeric_limits<uint32_t>::max()));
}

template <typename T>
rtnl_tc* tc(T* object) {
  return reinterpret_cast<rtnl_tc*>(object);
}

}  // namespace

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

Request Interface::remove_route(const Address& destination, int prefix, uint32_t table) const {
  const NlRoute removed(rtnl_route_alloc());
  const NlAddress to = nl_address(destination, prefix);
  rtnl_route_set_dst(removed.get(), to.get());
  rtnl_route_set_table(removed.get(), table);
  rtnl_route_set_protocol(removed.get(), RTPROT_BOOT);  // libnl would ask for another
  rtnl_nexthop* hop = rtnl_route_nh_alloc();
  if (hop == nullptr) {
    throw std::bad_alloc();
  }
  rtnl_route_add_nexthop(removed.get(), hop);  // which owns it from here
  rtnl_route_nh_set_ifindex(hop, index_);
  nl_msg* message = nullptr;
  const int code = rtnl_route_build_del_request(removed.get(), 0, &message);
  return Request("deleting route " + destination.text() + "/" + std::to_string(prefix) + " dev " + text_, code, message);
}

Request Interface::join(uint32_t group) const {
  const NlLink original(rtnl_link_alloc()), changes(rtnl_link_alloc());
  rtnl_link_set_ifindex(original.get(), index_);
  rtnl_link_set_group(changes.get(), group);
  nl_msg* message = nullptr;
  const int code = rtnl_link_build_change_request(original.get(), changes.get(), 0, &message);
  return Request("putting " + text_ + " into group " + std::to_string(group), code, message);
}

Request Interface::limit(const TokenBucket& bucket) const {
  tc_tbf_qopt options{};
  // The kernel takes the burst as the time in which that much is sent, in its own ticks.
  const uint64_t longest = nl_ticks2us(std::numeric_limits<uint32_t>::max());
  const uint64_t time = std::min(bucket.burst * kMicroseconds / bucket.rate, longest);
  options.buffer = nl_us2ticks(static_cast<uint32_t>(time));
  options.limit = saturated(bucket.rate / 40 + bucket.burst);  // bytes that wait: 25 ms, as with Calico
  options.rate.rate = saturated(bucket.rate);
  options.rate.linklayer = TC_LINKLAYER_ETHERNET;

  // By hand: libnl's own has no rate above 2 GB/s.
  tcmsg header{};
  header.tcm_ifindex = index_;
  header.tcm_parent = TC_H_ROOT;
  header.tcm_handle = TC_H_MAKE(1U << 16, 0U);
  nl_msg* message = nlmsg_alloc_simple(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE);
  if (message == nullptr) {
    throw std::bad_alloc();
  }
  nlmsg_append(message, &header, sizeof header, NLMSG_ALIGNTO);
  nla_put_string(message, TCA_KIND, "tbf");
  nlattr* nested = nla_nest_start(message, TCA_OPTIONS);
  nla_put(message, TCA_TBF_PARMS, sizeof options, &options);
  if (bucket.rate > options.rate.rate) {
    nla_put_u64(message, TCA_TBF_RATE64, bucket.rate);
  }
  nla_nest_end(message, nested);
  return Request("limiting " + text_ + " to " + std::to_string(bucket.rate) + " bytes per second", 0, message);
}

Request Interface::filter() const {
  const NlQdisc added(rtnl_qdisc_alloc());
  rtnl_tc_set_ifindex(tc(added.get()), index_);
  rtnl_tc_set_parent(tc(added.get()), TC_H_INGRESS);
  rtnl_tc_set_handle(tc(added.get()), kFilters);
  rtnl_tc_set_kind(tc(added.get()), "ingress");
  nl_msg* message = nullptr;
  const int code = rtnl_qdisc_build_add_request(added.get(), NLM_F_CREATE | NLM_F_REPLACE, &message);
  return Request("adding filters to what comes from " + text_, code, message);
}

Request Interface::redirect(const Interface& to) const {
  // u32 with a key that all match: matchall is not in every kernel.
  const NlClassifier added(rtnl_cls_alloc());
  const NlAction action(rtnl_act_alloc());
  rtnl_tc_set_kind(tc(action.get()), "mirred");
  rtnl_mirred_set_action(action.get(), TCA_EGRESS_REDIR);
  rtnl_mirred_set_policy(action.get(), TC_ACT_STOLEN);
  rtnl_mirred_set_ifindex(action.get(), static_cast<uint32_t>(to.index_));
  rtnl_tc_set_ifindex(tc(added.get()), index_);
  rtnl_tc_set_parent(tc(added.get()), kFilters);
  rtnl_tc_set_kind(tc(added.get()), "u32");
  rtnl_cls_set_prio(added.get(), 1);
  rtnl_cls_set_protocol(added.get(), ETH_P_ALL);
  rtnl_u32_add_key_uint32(added.get(), 0, 0, 0, 0);
  rtnl_u32_add_action(added.get(), action.get());
  rtnl_u32_set_cls_terminal(added.get());
  nl_msg* message = nullptr;
  const int code = rtnl_cls_build_add_request(added.get(), NLM_F_CREATE, &message);
  return Request("redirecting what comes from " + text_ + " to " + to.text_, code, message);
}

Request Interface::remove(const std::string& name) {
  const NlLink link(rtnl_link_alloc());
  rtnl_link_set_name(link.get(), name.c_str());
  nl_msg* message = nullptr;
  const int code = rtnl_link_build_delete_request(link.get(), &message);
  return Request("deleting " + name, code, message);
}

Request Interface::remove_group(uint32_t group) {
  // By hand: libnl asks for an interface.
  ifinfomsg header{};
  nl_msg* message = nlmsg_alloc_simple(RTM_DELLINK, 0);
  if (message == nullptr) {
    throw std::bad_alloc();
  }
  nlmsg_append(message, &header, sizeof header, NLMSG_ALIGNTO);
  nla_put_u32(message, IFLA_GROUP, group);
  return Request("deleting the interfaces of group " + std::to_string(group), 0, message);
}

}  // namespace calicomesos::kernel
