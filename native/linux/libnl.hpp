#pragma once

#include <netlink/addr.h>
#include <netlink/cache.h>
#include <netlink/msg.h>
#include <netlink/route/action.h>
#include <netlink/route/addr.h>
#include <netlink/route/classifier.h>
#include <netlink/route/link.h>
#include <netlink/route/neighbour.h>
#include <netlink/route/neightbl.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/route.h>
#include <netlink/route/rule.h>
#include <netlink/socket.h>

#include "address.hpp"
#include "mac.hpp"
#include "owned.hpp"

namespace calicomesos::kernel {

// libnl's objects.
using NlAddress = Owned<nl_addr, nl_addr_put>;
using NlCache = Owned<nl_cache, nl_cache_free>;
using NlLink = Owned<rtnl_link, rtnl_link_put>;
using NlInterfaceAddress = Owned<rtnl_addr, rtnl_addr_put>;
using NlNeighbour = Owned<rtnl_neigh, rtnl_neigh_put>;
using NlNeighbourTable = Owned<rtnl_neightbl, rtnl_neightbl_put>;
using NlRoute = Owned<rtnl_route, rtnl_route_put>;
using NlQdisc = Owned<rtnl_qdisc, rtnl_qdisc_put>;
using NlClassifier = Owned<rtnl_cls, rtnl_cls_put>;
using NlAction = Owned<rtnl_act, rtnl_act_put>;
using NlRule = Owned<rtnl_rule, rtnl_rule_put>;

// The address with the prefix length given in bits.
inline NlAddress nl_address(const Address& address, int prefix) {
  NlAddress result(nl_addr_build(address.family(), address.bytes(), address.length()));
  nl_addr_set_prefixlen(result.get(), prefix);
  return result;
}

inline NlAddress nl_address(const Address& address) {
  return nl_address(address, address.bits());
}

inline NlAddress nl_address(const Mac& mac) {
  return NlAddress(nl_addr_build(AF_LLC, mac.data(), mac.size()));
}

}  // namespace calicomesos::kernel
