#pragma once

#include <sys/types.h>

#include <memory>
#include <mutex>
#include <map>
#include <thread>

#include <process/future.hpp>

#include <stout/option.hpp>

#include "file_descriptor.hpp"

namespace calico::agent {

/// Tells when processes exit, also those that an agent before this one had started.
class Reaper
{
public:
  Reaper();
  ~Reaper();

  /// Ready when the process has exited: with its status, as wait(2) gives it, or none if it is not a child of this agent.
  process::Future<Option<int>> exited(pid_t pid);

private:
  struct Watched;

  void run();

  FileDescriptor epoll;
  FileDescriptor stop;
  std::mutex mutex;
  std::map<Watched*, std::unique_ptr<Watched>> watched;
  std::thread thread;
};

} // namespace calico::agent {
