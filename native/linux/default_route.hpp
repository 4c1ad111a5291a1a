#pragma once

#include <cstdint>
#include <optional>

#include "error.hpp"

namespace calicomesos::kernel {

// The MTU, in bytes, of the interface by which the calling thread's network namespace reaches the world: that of the way
// to 192.0.2.1, an address that nobody has (RFC 5737), or, if there is none, to 2001:db8::1 (RFC 3849). None: no way
// leads there. Asks for this one route, however many there are.
Result<std::optional<uint32_t>> default_route_mtu();

}  // namespace calicomesos::kernel
