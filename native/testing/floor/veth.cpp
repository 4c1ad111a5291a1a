#include "veth.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "messages.hpp"

namespace calico::floor {

namespace {

constexpr std::array<uint8_t, 6> HOST_MAC = {0xee, 0xee, 0xee, 0xee, 0xee, 0xee};
constexpr std::array<uint8_t, 6> CONTAINER_MAC = {0x0a, 0x11, 0x22, 0x33, 0x44, 0x55};
constexpr uint16_t CREATE = NLM_F_CREATE | NLM_F_EXCL;
constexpr int LOOPBACK = 1;


std::string failure(const std::string& doing, int number)
{
  return doing + ": " + std::strerror(number);
}


int netlink()
{
  return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}


void appendEnd(Messages* messages, const std::array<uint8_t, 6>& mac)
{
  messages->attribute(IFLA_ADDRESS, mac);
  messages->attribute(IFLA_MTU, uint32_t{1500});
  messages->attribute(IFLA_NUM_TX_QUEUES, uint32_t{1});
  messages->attribute(IFLA_NUM_RX_QUEUES, uint32_t{1});
}


int create(int socket, int containerNamespace, const std::string& hostInterface)
{
  Messages messages;
  messages.begin(RTM_NEWLINK, CREATE, ifinfomsg{});
  messages.attribute(IFLA_IFNAME, hostInterface);
  appendEnd(&messages, HOST_MAC);
  const size_t info = messages.nest(IFLA_LINKINFO);
  messages.attribute(IFLA_INFO_KIND, "veth", 4);
  const size_t data = messages.nest(IFLA_INFO_DATA);
  const size_t peer = messages.nest(VETH_INFO_PEER, sizeof(ifinfomsg));
  messages.attribute(IFLA_IFNAME, std::string("eth0"));
  appendEnd(&messages, CONTAINER_MAC);
  messages.attribute(IFLA_NET_NS_FD, containerNamespace);
  messages.end(peer);
  messages.end(data);
  messages.end(info);
  return messages.exchange(socket);
}


ifinfomsg up(int index)
{
  ifinfomsg header{};
  header.ifi_index = index;
  header.ifi_flags = header.ifi_change = IFF_UP;
  return header;
}


void appendNeighbour(Messages* messages, int index, in_addr address, const std::array<uint8_t, 6>& mac)
{
  ndmsg header{};
  header.ndm_family = AF_INET;
  header.ndm_ifindex = index;
  header.ndm_state = NUD_PERMANENT;
  messages->begin(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, header);
  messages->attribute(NDA_DST, address);
  messages->attribute(NDA_LLADDR, mac);
}


void appendRoute(Messages* messages, int index, in_addr to, uint8_t prefix, const in_addr* gateway)
{
  rtmsg header{};
  header.rtm_family = AF_INET;
  header.rtm_dst_len = prefix;
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_protocol = RTPROT_BOOT;
  header.rtm_scope = gateway == nullptr ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
  header.rtm_type = RTN_UNICAST;
  messages->begin(RTM_NEWROUTE, CREATE, header);
  messages->attribute(RTA_DST, to);
  messages->attribute(RTA_OIF, index);
  if (gateway != nullptr) {
    messages->attribute(RTA_GATEWAY, *gateway);
  }
}


int indexOf(int socket, const std::string& name)
{
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  return ioctl(socket, SIOCGIFINDEX, &request) == 0 ? request.ifr_ifindex : 0;
}


/// Writes a setting that is not so already. Returns 0 or errno.
int writeSetting(const std::string& path, char value)
{
  const int file = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) {
    return errno;
  }
  char present = 0;
  const bool right = read(file, &present, 1) == 1 && present == value;
  const int error = right || pwrite(file, &value, 1, 0) == 1 ? 0 : errno;
  close(file);
  return error;
}


int configureHost(int socket, const std::string& name, in_addr address)
{
  const int index = indexOf(socket, name);
  if (const int error = writeSetting("/proc/sys/net/ipv6/conf/" + name + "/accept_ra", '0'); error != 0 && error != ENOENT) {
    return error;
  }
  Messages messages;
  messages.begin(RTM_NEWLINK, 0, up(index));
  const size_t families = messages.nest(IFLA_AF_SPEC);
  const size_t family = messages.nest(AF_INET);
  const size_t settings = messages.nest(IFLA_INET_CONF);
  for (const uint16_t setting : {IPV4_DEVCONF_PROXY_ARP, IPV4_DEVCONF_ROUTE_LOCALNET, IPV4_DEVCONF_FORWARDING}) {
    messages.attribute(setting, uint32_t{1});
  }
  messages.end(settings);
  messages.end(family);
  messages.end(families);

  ndtmsg table{};
  table.ndtm_family = AF_INET;
  messages.begin(RTM_SETNEIGHTBL, 0, table);
  messages.attribute(NDTA_NAME, std::string("arp_cache"));
  const size_t parameters = messages.nest(NDTA_PARMS);
  messages.attribute(NDTPA_IFINDEX, index);
  messages.attribute(NDTPA_PROXY_DELAY, uint64_t{0});
  messages.end(parameters);

  appendNeighbour(&messages, index, address, CONTAINER_MAC);
  appendRoute(&messages, index, address, 32, nullptr);
  return messages.exchange(socket);
}


/// In the container's namespace.
int configureContainer(in_addr address)
{
  const int socket = netlink();
  const int index = indexOf(socket, "eth0");
  int error = writeSetting("/proc/sys/net/ipv4/ip_forward", '0');
  in_addr gateway, any{};
  inet_pton(AF_INET, "169.254.1.1", &gateway);

  Messages messages;
  messages.begin(RTM_NEWLINK, 0, up(LOOPBACK));
  messages.begin(RTM_NEWLINK, 0, up(index));
  ifaddrmsg header{};
  header.ifa_family = AF_INET;
  header.ifa_prefixlen = 32;
  header.ifa_index = static_cast<uint32_t>(index);
  messages.begin(RTM_NEWADDR, CREATE, header);
  messages.attribute(IFA_LOCAL, address);
  appendNeighbour(&messages, index, gateway, HOST_MAC);
  appendRoute(&messages, index, gateway, 32, nullptr);
  appendRoute(&messages, index, any, 0, &gateway);
  error = error == 0 ? messages.exchange(socket) : error;
  close(socket);
  return error;
}


/// Until both ends see each other.
int awaitRunning(int socket, const std::string& name)
{
  for (;;) {
    ifreq request{};
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    ethtool_value link{ETHTOOL_GLINK, 0};
    request.ifr_data = reinterpret_cast<char*>(&link);
    if (ioctl(socket, SIOCETHTOOL, &request) != 0 || ioctl(socket, SIOCGIFFLAGS, &request) != 0) {
      return errno;
    }
    if (request.ifr_flags & IFF_RUNNING) {
      return 0;
    }
    usleep(100);
  }
}

} // namespace {


std::string attach(const std::string& pid, const std::string& hostInterface, const std::string& text)
{
  thread_local const int socket = netlink();
  thread_local const int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  in_addr address;
  if (inet_pton(AF_INET, text.c_str(), &address) != 1) {
    return text + " is no IPv4 address";
  }
  const int container = open(("/proc/" + pid + "/ns/net").c_str(), O_RDONLY | O_CLOEXEC);
  if (container < 0) {
    return failure("opening the namespace of " + pid, errno);
  }
  if (const int error = create(socket, container, hostInterface)) {
    return failure("creating " + hostInterface, error);
  }
  if (const int error = configureHost(socket, hostInterface, address)) {
    return failure("configuring " + hostInterface, error);
  }
  if (setns(container, CLONE_NEWNET) != 0) {
    return failure("entering the namespace of " + pid, errno);
  }
  close(container);
  const int configured = configureContainer(address);
  setns(home, CLONE_NEWNET);
  if (configured != 0) {
    return failure("configuring the namespace of " + pid, configured);
  }
  if (const int error = awaitRunning(socket, hostInterface)) {
    return failure("looking at " + hostInterface, error);
  }
  return "";
}


std::string detach(const std::string& hostInterface)
{
  thread_local const int socket = netlink();
  Messages messages;
  messages.begin(RTM_DELLINK, 0, ifinfomsg{});
  messages.attribute(IFLA_IFNAME, hostInterface);
  const int error = messages.exchange(socket);
  return error == 0 ? "" : failure("deleting " + hostInterface, error);
}

} // namespace calico::floor {
