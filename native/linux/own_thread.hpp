#pragma once

#include <signal.h>

#include <future>
#include <utility>

namespace calicomesos::kernel {

// Does the work on a thread of its own, which ends with it: what it changes of itself (its network namespace, its table of
// files) is left to nobody. Returns at once; the future's destructor waits. Throws std::system_error if there is no thread
// to be had.
template <typename Work>
auto on_own_thread(Work work) {
  // It starts with all signals blocked: handlers of the process that we live in must never run on it.
  class Blocked {
   public:
    Blocked() {
      sigset_t all;
      ::sigfillset(&all);
      ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~Blocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

   private:
    sigset_t before_;
  };
  const Blocked blocked;
  return std::async(std::launch::async, std::move(work));
}

}  // namespace calicomesos::kernel
