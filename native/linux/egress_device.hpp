#pragma once

#include <cstdint>
#include <string>

#include "error.hpp"
#include "interface.hpp"
#include "netlink_socket.hpp"
#include "token_bucket.hpp"

// The kernel delays what an interface sends, not what it receives. To limit what a container sends, where the container
// cannot lift the limit, the host end of its veth redirects it to a device of kind ifb: that gives back what it is told to
// send, delayed, as if it came from the host end. Calico's Felix and CNI's plug-in bandwidth do it in the same way.
namespace calicomesos::kernel {

// Makes the device, if Felix has not, and the detour through it. mtu is the host end's, in bytes.
Failure add_egress_device(const std::string& name, uint32_t mtu, const TokenBucket& limit, const Interface& host_end,
                          NetlinkSocket& socket);

// Unlike the rest of it, the device does not go away with the veth. Returns whether there was one.
Result<bool> remove_egress_device(const std::string& name);

}  // namespace calicomesos::kernel
