#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "address.hpp"
#include "error.hpp"

namespace calicomesos::kernel {

// A route in the main table of the calling thread's network namespace.
struct Route {
  Address destination;             // its bits beyond the prefix are 0
  int prefix;                      // bits
  bool blackhole;                  // drops what comes; then neither gateway nor device
  std::optional<Address> gateway;  // of the destination's family
  std::string device;              // empty: the one that leads to the gateway
  bool onlink;                     // believe that the gateway is on the device's link, whatever the other routes say
  uint8_t protocol;                // who made it: rtnetlink(7)'s rtm_protocol
};

// Makes the route, in place of what is there for this destination (of the same metric, by whatever protocol).
Failure replace_route(const Route& route);

// Takes away exactly this route. Returns whether it was there.
Result<bool> delete_route(const Route& route);

// The unicast and blackhole routes of the protocol in the main table, IPv4 before IPv6.
Result<std::vector<Route>> list_routes(uint8_t protocol);

}  // namespace calicomesos::kernel
