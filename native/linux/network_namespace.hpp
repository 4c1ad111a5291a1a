#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "error.hpp"
#include "file_descriptor.hpp"

namespace calicomesos::kernel {

// Which network namespace the calling thread is in: of two that exist, none has the number of the other.
Result<ino_t> own_network_namespace();

// Puts the calling thread into another network namespace, for the rest of its life: what it opens is opened there. path is
// "/proc/<pid>/ns/net", or where such a file is bound. ENOENT: there is none. EPERM: only root may.
Failure enter_network_namespace(const std::string& path);

// Another network namespace than the caller's, held open: it lives at least as long as this.
class NetworkNamespace {
 public:
  // path is "/proc/<pid>/ns/net", or where such a file is bound. ENOENT: the process has gone. EINVAL: it is the
  // caller's own; what is meant for a container must never be done to the host.
  static Result<NetworkNamespace> open(const std::string& path);

  int descriptor() const { return file_.number(); }
  const std::string& path() const { return path_; }

  // Does the work inside, on the calling thread, which must be in the namespace where this was opened. It takes no signals
  // meanwhile, and is back when this returns or throws what the work throws.
  Failure run(const std::function<Failure()>& work) const;

 private:
  NetworkNamespace(FileDescriptor file, FileDescriptor home, std::string path)
      : file_(std::move(file)), home_(std::move(home)), path_(std::move(path)) {}

  FileDescriptor file_;
  FileDescriptor home_;
  std::string path_;
};

}  // namespace calicomesos::kernel
