#pragma once

#include <cstdint>

namespace calicomesos::kernel {

// How much an interface may send: at most burst at once, and no more than rate in the long run. The kernel never sends a
// packet that is larger than the burst.
struct TokenBucket {
  uint64_t rate;   // bytes per second, not 0
  uint32_t burst;  // bytes; cut to what is sent in 274 seconds
};

}  // namespace calicomesos::kernel
