#include "route.hpp"

#include <linux/rtnetlink.h>

#include <cerrno>

#include "libnl.hpp"
#include "netlink_socket.hpp"

namespace calicomesos::kernel {
namespace {

std::string text(const Route& route) {
  return std::string(route.blackhole ? "blackhole " : "") + route.destination.text() + "/" +
         std::to_string(route.prefix) + (route.gateway ? " via " + route.gateway->text() : "") +
         (route.device.empty() ? "" : " dev " + route.device) + " proto " + std::to_string(route.protocol);
}

Result<NlRoute> build(const Route& route, NetlinkSocket& socket, const std::string& doing) {
  NlRoute result(rtnl_route_alloc());
  const NlAddress destination = nl_address(route.destination, route.prefix);
  rtnl_route_set_dst(result.get(), destination.get());
  rtnl_route_set_table(result.get(), RT_TABLE_MAIN);
  rtnl_route_set_protocol(result.get(), route.protocol);
  if (route.blackhole) {
    rtnl_route_set_type(result.get(), RTN_BLACKHOLE);
    rtnl_route_set_scope(result.get(), RT_SCOPE_UNIVERSE);
    return result;
  }
  Result<int> index = 0;
  if (!route.device.empty() && !(index = socket.index_of(route.device)).ok()) {
    return error(doing, index.error().number, index.error().message);
  }
  rtnl_nexthop* hop = rtnl_route_nh_alloc();
  if (hop == nullptr) {
    throw std::bad_alloc();
  }
  rtnl_route_nh_set_ifindex(hop, index.value());
  if (route.gateway) {
    const NlAddress gateway = nl_address(*route.gateway);
    rtnl_route_nh_set_gateway(hop, gateway.get());
  }
  if (route.onlink) {
    rtnl_route_nh_set_flags(hop, RTNH_F_ONLINK);
  }
  rtnl_route_add_nexthop(result.get(), hop);  // which owns it from here
  return result;
}

Failure check(const Route& route, const std::string& doing) {
  if (route.prefix < 0 || route.prefix > route.destination.bits()) {
    return error(doing, EINVAL, "the prefix is not between 0 and " + std::to_string(route.destination.bits()));
  }
  return std::nullopt;
}

Result<Address> from_nl(nl_addr* address) {
  const size_t length = nl_addr_get_len(address);
  if (length == 0) {  // a default route
    return Address::parse(nl_addr_get_family(address) == AF_INET6 ? "::" : "0.0.0.0");
  }
  return Address::from_bytes(static_cast<const uint8_t*>(nl_addr_get_binary_addr(address)), length);
}

Failure append(NetlinkSocket& socket, int family, uint8_t protocol, std::vector<Route>& routes) {
  const std::string doing = "listing the routes of protocol " + std::to_string(protocol);
  nl_cache* dumped = nullptr;
  if (const int code = rtnl_route_alloc_cache(socket.get(), family, 0, &dumped); code < 0) {
    return error(doing, EIO, nl_geterror(code));
  }
  const NlCache cache(dumped);
  for (nl_object* object = nl_cache_get_first(cache.get()); object != nullptr; object = nl_cache_get_next(object)) {
    auto* found = reinterpret_cast<rtnl_route*>(object);
    const int type = rtnl_route_get_type(found);
    // A kernel without IPv6 answers with the routes of all other families.
    if (rtnl_route_get_family(found) != family || rtnl_route_get_protocol(found) != protocol ||
        rtnl_route_get_table(found) != RT_TABLE_MAIN || (type != RTN_UNICAST && type != RTN_BLACKHOLE)) {
      continue;
    }
    nl_addr* destination = rtnl_route_get_dst(found);
    Result<Address> address = from_nl(destination);
    if (!address.ok()) {
      return error(doing, address.error().number, address.error().message);
    }
    Route route{address.value(), static_cast<int>(nl_addr_get_prefixlen(destination)), type == RTN_BLACKHOLE,
                std::nullopt,    "",  false, protocol};
    if (rtnl_nexthop* hop = route.blackhole ? nullptr : rtnl_route_nexthop_n(found, 0)) {
      if (nl_addr* gateway = rtnl_route_nh_get_gateway(hop)) {
        Result<Address> via = from_nl(gateway);
        if (!via.ok()) {
          return error(doing, via.error().number, via.error().message);
        }
        route.gateway = via.value();
      }
      Result<std::string> name = socket.name_of(rtnl_route_nh_get_ifindex(hop));
      if (!name.ok()) {
        continue;  // its interface went away meanwhile, and the route with it
      }
      route.device = name.value();
      route.onlink = (rtnl_route_nh_get_flags(hop) & RTNH_F_ONLINK) != 0;
    }
    routes.push_back(route);
  }
  return std::nullopt;
}

}  // namespace

Failure replace_route(const Route& route) {
  const std::string doing = "making route " + text(route);
  if (Failure failure = check(route, doing)) {
    return failure;
  }
  Result<NetlinkSocket> socket = NetlinkSocket::open();
  if (!socket.ok()) {
    return socket.error();
  }
  Result<NlRoute> wanted = build(route, socket.value(), doing);
  if (!wanted.ok()) {
    return wanted.error();
  }
  nl_msg* message = nullptr;
  const int code = rtnl_route_build_add_request(wanted.value().get(), NLM_F_CREATE | NLM_F_REPLACE, &message);
  return socket.value().send(Request(doing, code, message));
}

Result<bool> delete_route(const Route& route) {
  const std::string doing = "deleting route " + text(route);
  if (Failure failure = check(route, doing)) {
    return *failure;
  }
  Result<NetlinkSocket> socket = NetlinkSocket::open();
  if (!socket.ok()) {
    return socket.error();
  }
  Result<NlRoute> unwanted = build(route, socket.value(), doing);
  if (!unwanted.ok()) {
    if (unwanted.error().number == ENODEV) {
      return false;  // it went with its interface
    }
    return unwanted.error();
  }
  nl_msg* message = nullptr;
  const int code = rtnl_route_build_del_request(unwanted.value().get(), 0, &message);
  if (Failure failure = socket.value().send(Request(doing, code, message))) {
    if (failure->number == ESRCH) {
      return false;
    }
    return *failure;
  }
  return true;
}

Result<std::vector<Route>> list_routes(uint8_t protocol) {
  Result<NetlinkSocket> socket = NetlinkSocket::open();
  if (!socket.ok()) {
    return socket.error();
  }
  std::vector<Route> routes;
  for (const int family : {AF_INET, AF_INET6}) {
    if (Failure failure = append(socket.value(), family, protocol, routes)) {
      return *failure;
    }
  }
  return routes;
}

}  // namespace calicomesos::kernel
