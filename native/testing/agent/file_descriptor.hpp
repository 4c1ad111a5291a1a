#pragma once

#include <unistd.h>

#include <utility>

namespace calico::agent {

/// A file descriptor that is closed with its owner.
class FileDescriptor
{
public:
  explicit FileDescriptor(int _fd = -1) : fd(_fd) {}
  ~FileDescriptor() { reset(); }

  FileDescriptor(FileDescriptor&& that) noexcept : fd(std::exchange(that.fd, -1)) {}

  FileDescriptor& operator=(FileDescriptor&& that) noexcept
  {
    std::swap(fd, that.fd);
    return *this;
  }

  int get() const { return fd; }

  void reset()
  {
    if (fd >= 0) {
      close(fd);
      fd = -1;
    }
  }

private:
  int fd;
};

} // namespace calico::agent {
