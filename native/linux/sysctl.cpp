#include "sysctl.hpp"

#include <fcntl.h>

#include <cerrno>

#include "file_descriptor.hpp"
#include "network_namespace.hpp"

namespace calicomesos::kernel::sysctl {
namespace {

Result<std::string> contents(const FileDescriptor& file, const std::string& doing) {
  std::string value;
  char part[4096];
  for (;;) {
    const ssize_t length = ::pread(file.number(), part, sizeof part, static_cast<off_t>(value.size()));
    if (length < 0) {
      if (errno == EINTR) {
        continue;
      }
      return error(doing, errno);
    }
    if (length == 0) {
      break;
    }
    value.append(part, static_cast<size_t>(length));
  }
  while (!value.empty() && value.back() == '\n') {
    value.pop_back();
  }
  return value;
}

}  // namespace

Result<std::string> read(const std::string& name) {
  const std::string doing = "reading /proc/sys/" + name;
  const FileDescriptor file(::open(("/proc/sys/" + name).c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) {
    return error(doing, errno);
  }
  return contents(file, doing);
}

Result<bool> write(const std::string& name, const std::string& value) {
  const std::string doing = "writing " + value + " to /proc/sys/" + name;
  // Only one that must change is opened for writing: in a container /proc/sys may be read-only, and right already.
  Result<std::string> present = read(name);
  if (!present.ok()) {
    return error(doing, present.error().number);
  }
  if (present.value() == value) {
    return false;
  }
  const FileDescriptor file(::open(("/proc/sys/" + name).c_str(), O_WRONLY | O_CLOEXEC));
  if (file.number() < 0) {
    return error(doing, errno);
  }
  ssize_t written;
  do {
    written = ::write(file.number(), value.data(), value.size());
  } while (written < 0 && errno == EINTR);
  if (written != static_cast<ssize_t>(value.size())) {
    return error(doing, written < 0 ? errno : EIO);
  }
  return true;
}

Result<bool> write_in(const std::string& network_namespace, const std::string& name, const std::string& value) {
  const Result<NetworkNamespace> container = NetworkNamespace::open(network_namespace);
  if (!container.ok()) {
    return container.error();
  }
  bool written = false;
  const Failure failure = container.value().run([&]() -> Failure {
    const Result<bool> outcome = write(name, value);
    if (!outcome.ok()) {
      return outcome.error();
    }
    written = outcome.value();
    return std::nullopt;
  });
  if (failure) {
    return *failure;
  }
  return written;
}

}  // namespace calicomesos::kernel::sysctl
