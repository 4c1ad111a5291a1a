#include "launcher.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <stout/error.hpp>

#include "container_init.hpp"
#include "process_table.hpp"

namespace calico::agent {

namespace {

struct Namespace
{
  int cloneFlag;
  const char* name; // In /proc/<pid>/ns/.
  bool enterable;   // By a process for itself, without a further fork.
};

constexpr Namespace NAMESPACES[] = {
  {CLONE_NEWNS, "mnt", true},
  {CLONE_NEWNET, "net", true},
  {CLONE_NEWUTS, "uts", true},
  {CLONE_NEWIPC, "ipc", true},
  {CLONE_NEWCGROUP, "cgroup", true},
  {CLONE_NEWPID, "pid", false},
  {CLONE_NEWUSER, "user", false},
};


Try<int> cloneFlags(const mesos::slave::ContainerLaunchInfo& launchInfo)
{
  int known = 0;
  for (const Namespace& each : NAMESPACES) {
    known |= each.cloneFlag;
  }
  int flags = 0;
  for (int flag : launchInfo.clone_namespaces()) {
    if ((flag & ~known) != 0) {
      return Error("clone_namespaces holds " + std::to_string(flag) + ", which is no CLONE_NEW* flag");
    }
    flags |= flag;
  }
  return flags;
}


Try<std::vector<NamespaceToEnter>> openNamespaces(const LaunchSpec& spec)
{
  std::vector<NamespaceToEnter> opened;
  int wanted = 0;
  for (int flag : spec.launchInfo.enter_namespaces()) {
    wanted |= flag;
  }
  if (wanted != 0 && spec.parent.isNone()) {
    return Error("enter_namespaces is set for a container that is not nested, or whose parent has no process");
  }
  for (const Namespace& each : NAMESPACES) {
    if (!each.enterable || (wanted & each.cloneFlag) == 0) {
      continue;
    }
    wanted &= ~each.cloneFlag;
    const std::string path = "/proc/" + std::to_string(spec.parent.get()) + "/ns/" + each.name;
    FileDescriptor descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (descriptor.get() < 0) {
      return ErrnoError("cannot open " + path);
    }
    opened.push_back({each.cloneFlag, std::move(descriptor)});
  }
  if (wanted != 0) {
    return Error(
        "enter_namespaces holds " + std::to_string(wanted) +
        ", which this agent cannot enter: mnt, net, uts, ipc and cgroup are possible");
  }
  return Try<std::vector<NamespaceToEnter>>(std::move(opened));
}


/// Pointers to each string, and a null; valid as long as the strings.
std::vector<char*> pointersTo(std::vector<std::string>* strings)
{
  std::vector<char*> pointers;
  for (std::string& each : *strings) {
    pointers.push_back(each.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}


Try<Nothing> awaitReport(int control)
{
  InitReport report{};
  const ssize_t length = recv(control, &report, sizeof(report), MSG_WAITALL);
  if (length != static_cast<ssize_t>(sizeof(report))) {
    return Error("the new process died before it was ready");
  }
  if (report.error != 0) {
    return ErrnoError(report.error, std::string("the new process: ") + report.what);
  }
  return Nothing();
}

} // namespace {


BlockedProcess::BlockedProcess(const ProcessId& _process, FileDescriptor&& _control)
  : process(_process), control(std::move(_control)) {}


Try<BlockedProcess> BlockedProcess::clone(const LaunchSpec& spec)
{
  const Try<int> flags = cloneFlags(spec.launchInfo);
  if (flags.isError()) {
    return Error(flags.error());
  }
  Try<std::vector<NamespaceToEnter>> namespaces = openNamespaces(spec);
  if (namespaces.isError()) {
    return Error(namespaces.error());
  }

  std::vector<std::string> argv = spec.argv;
  std::vector<std::string> environment;
  for (const auto& variable : spec.environment) {
    environment.push_back(variable.first + "=" + variable.second);
  }
  const ContainerInit init{
    pointersTo(&argv), pointersTo(&environment), spec.sandbox, std::move(namespaces.get()), spec.launchInfo};

  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
    return ErrnoError("cannot make a socket pair");
  }
  FileDescriptor ours(sockets[0]);
  FileDescriptor theirs(sockets[1]);

  // As fork, with namespaces; libc's clone would want a stack.
  const pid_t pid = static_cast<pid_t>(syscall(SYS_clone, flags.get() | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  if (pid < 0) {
    return ErrnoError("cannot clone a process");
  }
  if (pid == 0) {
    runContainerInit(init, theirs.get());
  }
  theirs.reset();

  const Try<Nothing> ready = awaitReport(ours.get());
  const Option<ProcessId> process = findProcess(pid);
  if (ready.isError() || process.isNone()) {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    return Error(ready.isError() ? ready.error() : "the new process was killed");
  }
  return BlockedProcess(process.get(), std::move(ours));
}


Try<Nothing> BlockedProcess::unblock()
{
  const ssize_t sent = send(control.get(), "!", 1, MSG_NOSIGNAL);
  if (sent != 1) {
    return ErrnoError("cannot let process " + std::to_string(process.pid) + " go");
  }
  control.reset();
  return Nothing();
}

} // namespace calico::agent {
