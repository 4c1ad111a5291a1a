#pragma once

#include <sys/types.h>

#include <functional>
#include <future>
#include <string>

#include "error.hpp"
#include "file_descriptor.hpp"

namespace calicomesos::kernel {

// Which network namespace the calling thread is in: of two that exist, none has the number of the other.
Result<ino_t> own_network_namespace();

// Another network namespace than the caller's, held open: it lives at least as long as this.
class NetworkNamespace {
 public:
  // path is "/proc/<pid>/ns/net", or where such a file is bound. ENOENT: the process has gone. EINVAL: it is the
  // caller's own; what is meant for a container must never be done to the host.
  static Result<NetworkNamespace> open(const std::string& path);

  int descriptor() const { return file_.number(); }
  const std::string& path() const { return path_; }

  // Does the work inside, on a thread that ends with it, so that no thread of the caller is ever left in there. This
  // and what the work refers to must live until the future is ready; the future's destructor waits for that.
  std::future<Failure> run(std::function<Failure()> work) const;

 private:
  NetworkNamespace(FileDescriptor file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  FileDescriptor file_;
  std::string path_;
};

}  // namespace calicomesos::kernel
