#include "container.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

Container::Container() {
  int ready[2];
  if (::pipe(ready) != 0) {
    throw std::runtime_error("pipe");
  }
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::unshare(CLONE_NEWNET) == 0 && ::write(ready[1], "", 1) == 1) {
      ::pause();
    }
    ::_exit(1);
  }
  ::close(ready[1]);
  char byte;
  const bool entered = ::read(ready[0], &byte, 1) == 1;
  ::close(ready[0]);
  if (!entered) {
    kill();
    throw std::runtime_error("no network namespace could be made: these tests need root");
  }
  sh("ip link set lo up");
}

Container::~Container() { kill(); }

Shell Container::sh(const std::string& command) const {
  return ::sh("nsenter -t " + std::to_string(pid_) + " -n sh -c '" + command + "'");
}

void Container::kill() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
}
