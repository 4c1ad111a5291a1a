#include "reaper.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include <stout/error.hpp>
#include <stout/none.hpp>

namespace calico::agent {

struct Reaper::Watched
{
  pid_t pid;
  FileDescriptor descriptor;
  process::Promise<Option<int>> promise;
};


Reaper::Reaper() : epoll(epoll_create1(EPOLL_CLOEXEC)), stop(eventfd(0, EFD_CLOEXEC))
{
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  if (epoll_ctl(epoll.get(), EPOLL_CTL_ADD, stop.get(), &event) != 0) {
    PLOG(FATAL) << "cannot watch for the exit of processes";
  }
  thread = std::thread(&Reaper::run, this);
}


Reaper::~Reaper()
{
  eventfd_write(stop.get(), 1);
  thread.join();
}


process::Future<Option<int>> Reaper::exited(pid_t pid)
{
  auto entry = std::make_unique<Watched>();
  entry->pid = pid;
  entry->descriptor = FileDescriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (entry->descriptor.get() < 0) {
    if (errno == ESRCH) {
      return Option<int>::none();
    }
    return process::Failure(ErrnoError("cannot watch process " + std::to_string(pid)));
  }
  const process::Future<Option<int>> future = entry->promise.future();

  std::lock_guard<std::mutex> lock(mutex);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = entry.get();
  if (epoll_ctl(epoll.get(), EPOLL_CTL_ADD, entry->descriptor.get(), &event) != 0) {
    return process::Failure(ErrnoError("cannot watch process " + std::to_string(pid)));
  }
  Watched* const key = entry.get();
  watched.emplace(key, std::move(entry));
  return future;
}


void Reaper::run()
{
  for (;;) {
    epoll_event event{};
    if (epoll_wait(epoll.get(), &event, 1, -1) < 1) {
      continue;
    }
    if (event.data.ptr == nullptr) {
      return;
    }

    std::unique_ptr<Watched> exited;
    {
      std::lock_guard<std::mutex> lock(mutex);
      exited = std::move(watched.extract(static_cast<Watched*>(event.data.ptr)).mapped());
    }
    int status = 0;
    const bool ours = waitpid(exited->pid, &status, WNOHANG) == exited->pid;
    // Closing does not end the watch while a process that is just being cloned has inherited the descriptor.
    epoll_ctl(epoll.get(), EPOLL_CTL_DEL, exited->descriptor.get(), nullptr);
    exited->descriptor.reset();
    exited->promise.set(ours ? Option<int>(status) : Option<int>::none());
  }
}

} // namespace calico::agent {
