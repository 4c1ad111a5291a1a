#include "uts_namespace.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "file_descriptor.hpp"
#include "namespace_visit.hpp"

namespace calicomesos::kernel::uts_namespace {

Failure set_host_name(const std::string& path, const std::string& name) {
  const std::string doing = "setting the host name " + name + " in " + path;
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const FileDescriptor home(::open("/proc/thread-self/ns/uts", O_RDONLY | O_CLOEXEC));
  struct stat here, there;
  if (file.number() < 0 || ::fstat(file.number(), &there) != 0 || home.number() < 0 || ::fstat(home.number(), &here) != 0) {
    return error(doing, errno);
  }
  if (here.st_dev == there.st_dev && here.st_ino == there.st_ino) {
    return error(doing, EINVAL, "it is this process's own");
  }
  const NamespaceVisit visit(file.number(), home.number(), CLONE_NEWUTS);
  if (visit.refusal() != 0) {
    return error(doing, visit.refusal());
  }
  return ::sethostname(name.data(), name.size()) == 0 ? std::nullopt : Failure(error(doing, errno));
}

}  // namespace calicomesos::kernel::uts_namespace
