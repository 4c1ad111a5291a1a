#include "egress_device.hpp"

#include <cerrno>

#include "libnl.hpp"

namespace calicomesos::kernel {
namespace {

Request create(const std::string& name, uint32_t mtu) {
  const NlLink device(rtnl_link_alloc());
  rtnl_link_set_type(device.get(), "ifb");
  rtnl_link_set_name(device.get(), name.c_str());
  rtnl_link_set_mtu(device.get(), mtu);
  nl_msg* message = nullptr;
  const int code = rtnl_link_build_add_request(device.get(), NLM_F_CREATE | NLM_F_EXCL, &message);
  return Request("creating ifb " + name, code, message);
}

}  // namespace

Failure add_egress_device(const std::string& name, uint32_t mtu, const TokenBucket& limit, const Interface& host_end,
                          NetlinkSocket& socket) {
  if (Failure failure = socket.send(create(name, mtu)); failure && failure->number != EEXIST) {
    return failure;
  }
  Result<int> index = socket.index_of(name);
  if (!index.ok()) {
    return index.error();
  }
  const Interface device(name, index.value(), "");
  std::vector<Request> requests;
  requests.push_back(device.limit(limit));
  requests.push_back(device.up());
  requests.push_back(host_end.filter());
  requests.push_back(host_end.redirect(device));
  return socket.send(requests);
}

Result<bool> remove_egress_device(const std::string& name) {
  Result<NetlinkSocket> socket = NetlinkSocket::open();
  if (!socket.ok()) {
    return socket.error();
  }
  // Most containers have none: looked up first, since every deletion waits for the kernel's one big network lock.
  Failure failure;
  if (Result<int> index = socket.value().index_of(name); !index.ok()) {
    failure = index.error();
  } else {
    failure = socket.value().send(Interface::remove(name));
  }
  if (failure && failure->number != ENODEV) {
    return *failure;
  }
  return !failure;
}

}  // namespace calicomesos::kernel
