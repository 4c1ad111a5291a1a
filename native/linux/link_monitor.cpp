#include "link_monitor.hpp"

#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "netlink_reply.hpp"

namespace calicomesos::kernel {
namespace {

// For what the kernel says while nobody reads: some thousand interfaces.
constexpr int kBufferBytes = 4 << 20;

}  // namespace

Result<LinkMonitor> LinkMonitor::open() {
  Result<NetlinkSocket> socket = NetlinkSocket::open();
  if (!socket.ok()) {
    return socket.error();
  }
  FileDescriptor stopped(::eventfd(0, EFD_CLOEXEC));
  if (stopped.number() < 0) {
    return error("making an eventfd", errno);
  }
  const int number = nl_socket_get_fd(socket.value().get());
  // Without CAP_NET_ADMIN it stays as small as it is, and the kernel more often has too much to say.
  ::setsockopt(number, SOL_SOCKET, SO_RCVBUFFORCE, &kBufferBytes, sizeof kBufferBytes);
  const int group = RTNLGRP_LINK;
  if (::setsockopt(number, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0) {
    return error("asking the kernel to tell of interfaces", errno);
  }
  return LinkMonitor(std::move(socket.value()), std::move(stopped));
}

Result<std::optional<std::vector<std::string>>> LinkMonitor::next() {
  alignas(nlmsghdr) std::array<char, 32768> message;  // more than one datagram of the kernel's
  const int socket = nl_socket_get_fd(socket_.get());
  std::vector<std::string> names;
  bool lost = false;
  while (names.empty()) {
    // Until all that was kept is read, the kernel says just once that it loses the rest.
    std::array<pollfd, 2> files = {{{stopped_.number(), POLLIN, 0}, {socket, POLLIN, 0}}};
    if (::poll(files.data(), files.size(), lost ? 0 : -1) < 0 && errno != EINTR) {
      return error("waiting for news of interfaces", errno);
    }
    if (files[0].revents != 0) {
      return std::optional<std::vector<std::string>>();
    }
    const ssize_t length = ::recv(socket, message.data(), message.size(), MSG_DONTWAIT);
    if (length < 0 && errno == EAGAIN && lost) {
      return std::optional(std::vector<std::string>());
    }
    if (length < 0 && errno == ENOBUFS) {
      lost = true;
    } else if (length < 0 && errno != EAGAIN && errno != EINTR) {
      return error("reading news of interfaces", errno);
    }
    if (length > 0 && !lost) {
      names = removed_links(message.data(), static_cast<size_t>(length));
    }
  }
  return std::optional(names);
}

void LinkMonitor::stop() {
  const uint64_t one = 1;
  // It can only fail if the counter overflows; then it is stopped, too.
  [[maybe_unused]] const ssize_t written = ::write(stopped_.number(), &one, sizeof one);
}

}  // namespace calicomesos::kernel
