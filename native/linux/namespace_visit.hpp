#pragma once

#include <sched.h>
#include <time.h>

#include <cerrno>

#include "blocked_signals.hpp"

namespace calicomesos::kernel {

// The calling thread in another namespace, as long as this lives. A thread for each visit would be safe by itself, but to start
// it and to wait for it takes longer than what is to be done in there.
class NamespaceVisit {
 public:
  // there, home: descriptors of namespaces, home of the one that the thread is in. kind: CLONE_NEWNET or CLONE_NEWUTS.
  NamespaceVisit(int there, int home, int kind)
      : home_(home), kind_(kind), refusal_(::setns(there, kind) == 0 ? 0 : errno) {}

  // Nothing that this thread does next may happen to the container: so until it is back, it does nothing else. The kernel refuses
  // that only while it has no memory.
  ~NamespaceVisit() {
    while (refusal_ == 0 && ::setns(home_, kind_) != 0) {
      const timespec pause{0, 1000000};
      ::nanosleep(&pause, nullptr);
    }
  }
  NamespaceVisit(const NamespaceVisit&) = delete;
  NamespaceVisit& operator=(const NamespaceVisit&) = delete;

  // errno, if the kernel did not let it in; 0 if it is there.
  int refusal() const { return refusal_; }

 private:
  const BlockedSignals blocked_;  // longer than it is there
  const int home_;
  const int kind_;
  const int refusal_;
};

}  // namespace calicomesos::kernel
