#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "address.hpp"
#include "mac.hpp"
#include "netlink_socket.hpp"
#include "token_bucket.hpp"

namespace calicomesos::kernel {

// An interface of one network namespace, and the requests that change it.
class Interface {
 public:
  // where is what error messages add to the name: " in /proc/12/ns/net", or nothing for the host's.
  Interface(const std::string& name, int index, const std::string& where) : text_(name + where), index_(index) {}

  // EINVAL if this is no name for an interface, or one that the kernel or libnl would change.
  static Failure check_name(const std::string& name, const std::string& doing);

  // Sets it up. In the same message the kernel takes values of net.ipv4.conf.<interface> (IPV4_DEVCONF_*), which then
  // need not be written through /proc, one by one.
  Request up(const std::vector<std::pair<int, uint32_t>>& ipv4_conf = {}) const;
  // Sets net.ipv4.neigh.<interface>.proxy_delay to 0.
  Request answer_proxy_arp_at_once() const;
  // Adds the address as a /32 or /128.
  Request add_address(const Address& address) const;
  // Adds a permanent neighbour: nothing ever asks who has this address.
  Request add_neighbour(const Address& address, const Mac& mac) const;
  // Adds a route through it; without a gateway, the destination is on the link itself. prefix is in bits. EEXIST if
  // there is a route to the destination, through whatever interface.
  Request add_route(const Address& destination, int prefix, const Address* gateway, uint32_t table) const;
  // Lets it send no more than the bucket allows; what waits longer than 25 milliseconds for that is dropped.
  Request limit(const TokenBucket& bucket) const;
  // Lets what it receives pass filters, of which there is none yet.
  Request filter() const;
  // Sends all that it receives and lets pass filters out through another interface.
  Request redirect(const Interface& to) const;
  // Takes a route away that add_route added without a gateway. ESRCH if there is none.
  Request remove_route(const Address& destination, int prefix, uint32_t table) const;
  // Puts it into a group, by whose number it is found again.
  Request join(uint32_t group) const;
  // Deletes the interface of that name, with all that is listed above, and its peer.
  static Request remove(const std::string& name);
  // The same with all interfaces of a group at once, for which the kernel takes hardly longer than for one. ENODEV if there is none.
  static Request remove_group(uint32_t group);

 private:
  std::string text_;
  int index_;
};

}  // namespace calicomesos::kernel
