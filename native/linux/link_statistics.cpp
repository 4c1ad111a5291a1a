#include "link_statistics.hpp"

#include <cerrno>

#include "interface.hpp"
#include "netlink_socket.hpp"

namespace calicomesos::kernel {

Result<LinkStatistics> link_statistics(const std::string& name) {
  const std::string doing = "reading the statistics of interface " + name;
  if (Failure failure = Interface::check_name(name, doing)) {
    return *failure;
  }
  Result<NetlinkSocket> socket = NetlinkSocket::open();
  if (!socket.ok()) {
    return socket.error();
  }
  rtnl_link* found = nullptr;
  if (const int code = rtnl_link_get_kernel(socket.value().get(), 0, name.c_str(), &found); code < 0) {
    return error(doing, code == -NLE_NODEV || code == -NLE_OBJ_NOTFOUND ? ENODEV : EIO, nl_geterror(code));
  }
  const NlLink link(found);
  return LinkStatistics{
      rtnl_link_get_stat(link.get(), RTNL_LINK_RX_PACKETS), rtnl_link_get_stat(link.get(), RTNL_LINK_RX_BYTES),
      rtnl_link_get_stat(link.get(), RTNL_LINK_RX_ERRORS),  rtnl_link_get_stat(link.get(), RTNL_LINK_RX_DROPPED),
      rtnl_link_get_stat(link.get(), RTNL_LINK_TX_PACKETS), rtnl_link_get_stat(link.get(), RTNL_LINK_TX_BYTES),
      rtnl_link_get_stat(link.get(), RTNL_LINK_TX_ERRORS),  rtnl_link_get_stat(link.get(), RTNL_LINK_TX_DROPPED)};
}

}  // namespace calicomesos::kernel
