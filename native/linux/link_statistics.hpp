#pragma once

#include <cstdint>
#include <string>

#include "error.hpp"

namespace calicomesos::kernel {

// What has gone through an interface since it was made, as it sees it itself.
struct LinkStatistics {
  uint64_t received_packets;
  uint64_t received_bytes;
  uint64_t receive_errors;
  uint64_t received_dropped;
  uint64_t sent_packets;
  uint64_t sent_bytes;
  uint64_t send_errors;
  uint64_t sent_dropped;
};

// Of an interface of the calling thread's network namespace. ENODEV: there is none of that name.
Result<LinkStatistics> link_statistics(const std::string& name);

}  // namespace calicomesos::kernel
