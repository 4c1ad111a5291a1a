#include "network_namespace.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "namespace_visit.hpp"

namespace calicomesos::kernel {

Result<ino_t> own_network_namespace() {
  struct stat status {};
  if (::stat("/proc/thread-self/ns/net", &status) != 0) {
    return error("looking at the network namespace", errno);
  }
  return status.st_ino;
}

Failure enter_network_namespace(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0 || ::setns(file.number(), CLONE_NEWNET) != 0) {
    return error("entering the network namespace " + path, errno);
  }
  return std::nullopt;
}

Result<NetworkNamespace> NetworkNamespace::open(const std::string& path) {
  const std::string doing = "opening the network namespace " + path;
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) {
    const int number = errno;
    static const std::string start = "/proc/", end = "/ns/net";
    if ((number == ENOENT || number == ESRCH) && path.size() > start.size() + end.size() &&
        path.compare(0, start.size(), start) == 0 && path.compare(path.size() - end.size(), end.size(), end) == 0) {
      const std::string pid = path.substr(start.size(), path.size() - start.size() - end.size());
      return error(doing, ENOENT, "process " + pid + " has gone");
    }
    return error(doing, number);
  }
  FileDescriptor home(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  struct stat here, there;
  if (home.number() < 0 || ::fstat(home.number(), &here) != 0 || ::fstat(file.number(), &there) != 0) {
    return error(doing, errno);
  }
  if (here.st_dev == there.st_dev && here.st_ino == there.st_ino) {
    return error(doing, EINVAL, "it is this process's own");
  }
  return NetworkNamespace(std::move(file), std::move(home), path);
}

Failure NetworkNamespace::run(const std::function<Failure()>& work) const {
  const NamespaceVisit visit(file_.number(), home_.number(), CLONE_NEWNET);
  if (visit.refusal() != 0) {
    return error("entering the network namespace " + path_, visit.refusal());
  }
  return work();
}

}  // namespace calicomesos::kernel
