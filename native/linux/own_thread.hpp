#pragma once

#include <future>
#include <utility>

#include "blocked_signals.hpp"

namespace calicomesos::kernel {

// Does the work on a thread of its own, which ends with it: what it changes of itself (its table of files) is left to nobody.
// It takes no signals. Returns at once; the future's destructor waits. Throws std::system_error if there is no thread to be had.
template <typename Work>
auto on_own_thread(Work work) {
  const BlockedSignals inherited;
  return std::async(std::launch::async, std::move(work));
}

}  // namespace calicomesos::kernel
