#include "netlink_socket.hpp"

#include <linux/ethtool.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "netlink_reply.hpp"

namespace calicomesos::kernel {
namespace {

// So many requests, and as many refusals, fit into a socket's buffers, whatever the system's defaults.
constexpr ptrdiff_t kTogether = 32;

}  // namespace

Request::Request(std::string doing, int code, nl_msg* message)
    : doing_(std::move(doing)), code_(code), message_(code < 0 ? nullptr : message) {}

Result<NetlinkSocket> NetlinkSocket::open(int protocol) {
  NetlinkSocket socket(nl_socket_alloc());
  // Both are known to every kernel since 4.12: the kernel's own words, and no echo of what was asked.
  errno = 0;
  if (nl_connect(socket.get(), protocol) < 0) {  // O_CLOEXEC
    return error("opening a netlink socket", errno ? errno : EIO);
  }
  const int on = 1;
  const int number = nl_socket_get_fd(socket.get());
  ::setsockopt(number, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  ::setsockopt(number, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  return socket;
}

Failure NetlinkSocket::send(const std::vector<Request>& requests) {
  const Request* end = requests.data() + requests.size();
  for (const Request* first = requests.data(); first != end;) {
    const Request* last = first + std::min(kTogether, end - first);
    if (Failure failure = exchange(first, last)) {
      return failure;
    }
    first = last;
  }
  return std::nullopt;
}

Failure NetlinkSocket::exchange(const Request* first, const Request* last) {
  std::array<iovec, kTogether> parts;
  size_t count = 0;
  for (const Request* request = first; request != last; ++request) {
    if (request->code_ < 0) {
      return error(request->doing_, EINVAL, nl_geterror(request->code_));
    }
    nlmsghdr* header = nlmsg_hdr(request->message_.get());
    nl_complete_msg(socket_.get(), request->message_.get());  // the sequence number; asks for an acknowledgement
    if (request + 1 != last) {
      header->nlmsg_flags &= static_cast<uint16_t>(~NLM_F_ACK);  // the kernel always says what it refuses
    }
    parts[count++] = {header, header->nlmsg_len};
  }
  const uint32_t first_number = nlmsg_hdr(first->message_.get())->nlmsg_seq;

  const int socket = nl_socket_get_fd(socket_.get());
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  msghdr message{};
  message.msg_name = &kernel;
  message.msg_namelen = sizeof kernel;
  message.msg_iov = parts.data();
  message.msg_iovlen = count;
  if (::sendmsg(socket, &message, 0) < 0) {
    return error(first->doing_, errno);
  }

  // The kernel has done it all before sendmsg returns: its answers are there, in order, and nothing waits.
  Failure failure;
  alignas(nlmsghdr) std::array<char, 8192> answer;
  for (bool acknowledged = false; !acknowledged;) {
    const ssize_t length = ::recv(socket, answer.data(), answer.size(), MSG_DONTWAIT);
    if (length <= 0) {
      return error(first->doing_, length < 0 ? errno : EIO, "the kernel did not acknowledge");
    }
    for (const Outcome& each : outcomes(answer.data(), static_cast<size_t>(length))) {
      const uint32_t position = each.sequence - first_number;
      if (position >= count) {
        continue;
      }
      if (each.number != 0 && !failure) {
        failure = error(first[position].doing_, each.number, each.extended);
      }
      acknowledged = acknowledged || position == count - 1;
    }
  }
  return failure;
}

Result<int> NetlinkSocket::index_of(const std::string& name) {
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  if (::ioctl(nl_socket_get_fd(socket_.get()), SIOCGIFINDEX, &request) != 0) {
    return error("looking up interface " + name, errno);
  }
  return request.ifr_ifindex;
}

Result<bool> NetlinkSocket::is_running(const std::string& name) {
  const int socket = nl_socket_get_fd(socket_.get());
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  // Newer kernels (about 6.8) notice it at this very question.
  ethtool_value link{ETHTOOL_GLINK, 0};
  request.ifr_data = reinterpret_cast<char*>(&link);
  if (::ioctl(socket, SIOCETHTOOL, &request) != 0 || ::ioctl(socket, SIOCGIFFLAGS, &request) != 0) {
    return error("looking at interface " + name, errno);
  }
  return (request.ifr_flags & IFF_RUNNING) != 0;
}

Result<int> NetlinkSocket::device_towards(const Address& address) {
  const std::string doing = "looking up the route to " + address.text();
  const Owned<nl_msg, nlmsg_free> question(nlmsg_alloc_simple(RTM_GETROUTE, 0));
  rtmsg header{};
  header.rtm_family = static_cast<unsigned char>(address.family());
  header.rtm_dst_len = static_cast<unsigned char>(address.bits());
  nlmsg_append(question.get(), &header, sizeof header, NLMSG_ALIGNTO);
  nla_put(question.get(), RTA_DST, static_cast<int>(address.length()), address.bytes());
  if (const int code = nl_send_auto(socket_.get(), question.get()); code < 0) {
    return error(doing, EIO, nl_geterror(code));
  }
  const int socket = nl_socket_get_fd(socket_.get());
  alignas(nlmsghdr) std::array<char, 8192> answer;
  int index = 0;
  for (;;) {
    const ssize_t length = ::recv(socket, answer.data(), answer.size(), MSG_DONTWAIT);
    if (length <= 0) {
      return error(doing, length < 0 ? errno : EIO, "the kernel did not answer");
    }
    if (const int device = route_device(answer.data(), static_cast<size_t>(length)); device != 0) {
      index = device;
    }
    for (const Outcome& each : outcomes(answer.data(), static_cast<size_t>(length))) {  // the acknowledgement comes last
      if (each.number != 0 || index == 0) {
        return error(doing, each.number != 0 ? each.number : ENETUNREACH, each.extended);
      }
      return index;
    }
  }
}

Result<uint32_t> NetlinkSocket::mtu_of(const std::string& name) {
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  if (::ioctl(nl_socket_get_fd(socket_.get()), SIOCGIFMTU, &request) != 0) {
    return error("looking up the MTU of " + name, errno);
  }
  return static_cast<uint32_t>(request.ifr_mtu);
}

Result<std::string> NetlinkSocket::name_of(int index) {
  ifreq request{};
  request.ifr_ifindex = index;
  if (::ioctl(nl_socket_get_fd(socket_.get()), SIOCGIFNAME, &request) != 0) {
    return error("looking up interface " + std::to_string(index), errno);
  }
  return std::string(request.ifr_name);
}

}  // namespace calicomesos::kernel
