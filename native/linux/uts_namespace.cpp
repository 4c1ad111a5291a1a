#include "uts_namespace.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "file_descriptor.hpp"
#include "own_thread.hpp"

namespace calicomesos::kernel::uts_namespace {

Failure set_host_name(const std::string& path, const std::string& name) {
  const std::string doing = "setting the host name " + name + " in " + path;
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat here, there;
  if (file.number() < 0 || ::fstat(file.number(), &there) != 0 || ::stat("/proc/thread-self/ns/uts", &here) != 0) {
    return error(doing, errno);
  }
  if (here.st_dev == there.st_dev && here.st_ino == there.st_ino) {
    return error(doing, EINVAL, "it is this process's own");
  }
  return on_own_thread([&]() -> Failure {
    if (::setns(file.number(), CLONE_NEWUTS) != 0 || ::sethostname(name.data(), name.size()) != 0) {
      return error(doing, errno);
    }
    return std::nullopt;
  }).get();
}

}  // namespace calicomesos::kernel::uts_namespace
