#pragma once

#include <linux/netlink.h>

#include <string>
#include <vector>

#include "address.hpp"
#include "error.hpp"
#include "libnl.hpp"

namespace calicomesos::kernel {

// One change asked of the kernel, and what it does, in the words of an error message ("adding address 198.18.0.1 ...").
class Request {
 public:
  // code and message are what one of libnl's rtnl_*_build_*_request functions returned.
  Request(std::string doing, int code, nl_msg* message);

 private:
  friend class NetlinkSocket;

  std::string doing_;
  int code_;
  std::unique_ptr<nl_msg, Freed<nlmsg_free>> message_;
};

// A connection to netlink in the network namespace in which it was opened, whatever thread uses it later.
class NetlinkSocket {
 public:
  // protocol as in netlink(7): rtnetlink's unless said otherwise.
  static Result<NetlinkSocket> open(int protocol = NETLINK_ROUTE);

  // Sends the requests together and reads what the kernel says: the failure is the first request's that it refused. It
  // looks at the later ones nevertheless, so whoever sends several undoes all of them.
  Failure send(const std::vector<Request>& requests);
  Failure send(const Request& request) { return exchange(&request, &request + 1); }

  // The index of an interface of the namespace. ENODEV: there is none of that name.
  Result<int> index_of(const std::string& name);
  // Whether it is up and the kernel has noticed that its peer is, too: until then it drops what it is to send.
  Result<bool> is_running(const std::string& name);
  // The index of the interface through which packets to an address leave. ENETUNREACH and others: none do.
  Result<int> device_towards(const Address& address);
  // The MTU of an interface, in bytes.
  Result<uint32_t> mtu_of(const std::string& name);
  // The name of an interface. ENXIO: there is none of that index.
  Result<std::string> name_of(int index);

  nl_sock* get() { return socket_.get(); }

 private:
  explicit NetlinkSocket(nl_sock* socket) : socket_(socket) {}

  Failure exchange(const Request* first, const Request* last);

  Owned<nl_sock, nl_socket_free> socket_;
};

}  // namespace calicomesos::kernel
