#pragma once

#include "address.hpp"
#include "error.hpp"

namespace calicomesos::kernel {

// Makes the kernel forget the connections that it tracks to and from an address, in the calling thread's network
// namespace: whoever gets the address next is not let into them. EINVAL: this kernel cannot (it is older than 5.14).
Failure forget_connections(const Address& address);

}  // namespace calicomesos::kernel
