#pragma once

#include <optional>
#include <string>
#include <vector>

#include "error.hpp"
#include "file_descriptor.hpp"
#include "netlink_socket.hpp"

namespace calicomesos::kernel {

// Hears of the interfaces that go from the network namespace in which it was opened: deleted, or moved to another.
class LinkMonitor {
 public:
  static Result<LinkMonitor> open();

  // Waits for some to go. Their names; empty if the kernel had more to say than could be kept: whoever wants to know of one
  // looks for himself. Nothing, once it was stopped.
  Result<std::optional<std::vector<std::string>>> next();

  // Ends the wait, and every later one. Any thread may call it.
  void stop();

 private:
  LinkMonitor(NetlinkSocket socket, FileDescriptor stopped) : socket_(std::move(socket)), stopped_(std::move(stopped)) {}

  NetlinkSocket socket_;
  FileDescriptor stopped_;
};

}  // namespace calicomesos::kernel
