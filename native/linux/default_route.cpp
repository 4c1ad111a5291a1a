#include "default_route.hpp"

#include "netlink_socket.hpp"

namespace calicomesos::kernel {

Result<std::optional<uint32_t>> default_route_mtu() {
  Result<NetlinkSocket> socket = NetlinkSocket::open();
  if (!socket.ok()) {
    return socket.error();
  }
  for (const char* far : {"192.0.2.1", "2001:db8::1"}) {
    const Result<int> device = socket.value().device_towards(Address::parse(far).value());
    if (!device.ok()) {
      continue;
    }
    const Result<std::string> name = socket.value().name_of(device.value());
    if (!name.ok()) {
      return name.error();
    }
    const Result<uint32_t> mtu = socket.value().mtu_of(name.value());
    if (!mtu.ok()) {
      return mtu.error();
    }
    return std::optional<uint32_t>(mtu.value());
  }
  return std::optional<uint32_t>();
}

}  // namespace calicomesos::kernel
