#include "container_init.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace calico::agent {

namespace {

// As in a shell: the command was not found or could not be executed. And any failure on the way to it.
constexpr int EXEC_FAILED = 127;
constexpr int INIT_FAILED = 1;


void writeAll(int fd, const void* bytes, size_t size)
{
  const ssize_t nobodyLeftToTell = write(fd, bytes, size);
  static_cast<void>(nobodyLeftToTell);
}


/// Ends the process and says why in the container's stderr.
[[noreturn]] void die(int status, const char* doing, const char* object)
{
  const char* reason = strerrordesc_np(errno);
  for (const char* part : {"container: cannot ", doing, " ", object, ": ", reason == nullptr ? "?" : reason, "\n"}) {
    writeAll(STDERR_FILENO, part, std::strlen(part));
  }
  _exit(status);
}


void report(int control, int error, const char* what)
{
  InitReport line{};
  line.error = error;
  std::strncpy(line.what, what, sizeof(line.what) - 1);
  writeAll(control, &line, sizeof(line));
}


/// Ends the process and tells the agent why.
[[noreturn]] void refuse(int control, const char* what)
{
  report(control, errno, what);
  _exit(INIT_FAILED);
}


/// A session of its own, by which it is killed, and none of the agent's signal handlers and blocked signals.
void leaveTheAgent()
{
  setsid();
  for (int number = 1; number < NSIG; ++number) {
    signal(number, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}


/// In the sandbox, which is the working directory.
void openStandardStreams(int control)
{
  const struct { int target; const char* path; int flags; } streams[] = {
    {STDIN_FILENO, "/dev/null", O_RDONLY},
    {STDOUT_FILENO, "stdout", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND},
    {STDERR_FILENO, "stderr", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND},
  };
  for (const auto& stream : streams) {
    const int opened = open(stream.path, stream.flags | O_CLOEXEC, 0644);
    if (opened < 0 || dup2(opened, stream.target) < 0) {
      refuse(control, stream.path);
    }
  }
}


void enterNamespaces(const std::vector<NamespaceToEnter>& namespaces, int control)
{
  for (const NamespaceToEnter& each : namespaces) {
    if (setns(each.descriptor.get(), each.cloneFlag) != 0) {
      refuse(control, "enter a namespace of the parent container");
    }
  }
}


/// Closes all but the standard streams and `control`, which it moves: the pipes of other containers that wait are open here
/// as well, and those containers must see them end if the agent dies.
int leaveDescriptors(int control)
{
  const int moved = STDERR_FILENO + 1;
  dup2(control, moved);
  close_range(moved + 1, ~0U, 0);
  fcntl(moved, F_SETFD, FD_CLOEXEC);
  return moved;
}


/// Only a byte lets it go on: if the agent gives up or dies, the pipe ends, and so does this process.
void waitForTheAgent(int control)
{
  char byte;
  ssize_t length;
  do {
    length = read(control, &byte, 1);
  } while (length < 0 && errno == EINTR);
  if (length != 1) {
    _exit(INIT_FAILED);
  }
}


void mountAll(const mesos::slave::ContainerLaunchInfo& launchInfo)
{
  const auto& cloned = launchInfo.clone_namespaces();
  if (std::find(cloned.begin(), cloned.end(), CLONE_NEWNS) == cloned.end()) {
    if (!launchInfo.mounts().empty()) {
      errno = EINVAL;
      die(INIT_FAILED, "mount, without a mount namespace of its own, at", launchInfo.mounts(0).target().c_str());
    }
    return;
  }
  if (mount(nullptr, "/", nullptr, MS_SLAVE | MS_REC, nullptr) != 0) {
    die(INIT_FAILED, "keep to itself its mounts below", "/");
  }
  for (const mesos::slave::ContainerMountInfo& each : launchInfo.mounts()) {
    const char* source = each.has_source() ? each.source().c_str() : nullptr;
    const char* type = each.has_type() ? each.type().c_str() : nullptr;
    const char* options = each.has_options() ? each.options().c_str() : nullptr;
    if (mount(source, each.target().c_str(), type, each.flags(), options) != 0) {
      die(INIT_FAILED, "mount at", each.target().c_str());
    }
    // The kernel heeds the flag only with a second call, which Mesos makes for the isolator.
    const unsigned readOnly = MS_BIND | MS_RDONLY;
    if ((each.flags() & (readOnly | MS_REMOUNT)) == readOnly &&
        mount(nullptr, each.target().c_str(), nullptr, MS_REMOUNT | readOnly, nullptr) != 0) {
      die(INIT_FAILED, "make read-only", each.target().c_str());
    }
  }
}


void runPreExecCommands(const mesos::slave::ContainerLaunchInfo& launchInfo)
{
  for (const mesos::CommandInfo& command : launchInfo.pre_exec_commands()) {
    const pid_t child = _Fork();
    if (child == 0) {
      execl("/bin/sh", "sh", "-c", command.value().c_str(), nullptr);
      _exit(EXEC_FAILED);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
      die(INIT_FAILED, "run the isolator's command", command.value().c_str());
    }
  }
}


/// The image becomes the root; nothing of the host's file systems is left to see.
void enterImage(const char* rootfs)
{
  if (chdir(rootfs) != 0 || syscall(SYS_pivot_root, ".", ".") != 0 || umount2(".", MNT_DETACH) != 0 || chdir("/") != 0) {
    die(INIT_FAILED, "enter the image", rootfs);
  }
}

} // namespace {


void runContainerInit(const ContainerInit& init, int control)
{
  leaveTheAgent();
  if (chdir(init.sandbox.c_str()) != 0) {
    refuse(control, "enter the sandbox");
  }
  openStandardStreams(control);
  enterNamespaces(init.enter, control);
  control = leaveDescriptors(control);

  report(control, 0, "");
  waitForTheAgent(control);

  mountAll(init.launchInfo);
  runPreExecCommands(init.launchInfo);
  if (init.launchInfo.has_rootfs()) {
    enterImage(init.launchInfo.rootfs().c_str());
  } else if (chdir(init.sandbox.c_str()) != 0) { // Entering a mount namespace has changed the working directory to its root.
    die(INIT_FAILED, "enter the sandbox", init.sandbox.c_str());
  }
  execvpe(init.argv[0], init.argv.data(), init.environment.data());
  die(EXEC_FAILED, "execute", init.argv[0]);
}

} // namespace calico::agent {
