#pragma once

#include <signal.h>

namespace calicomesos::kernel {

// As long as this lives, the calling thread, and each that it starts, takes no signals: handlers of the process that we live
// in must never run where that process does not expect them.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace calicomesos::kernel
