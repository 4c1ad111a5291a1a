#include "connections.hpp"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netlink/attr.h>

#include <cerrno>
#include <mutex>
#include <optional>

#include "netlink_socket.hpp"
#include "network_namespace.hpp"

namespace calicomesos::kernel {
namespace {

// CTA_FILTER_FLAG(CTA_IP_SRC) of the kernel's nf_internals.h: the tuple's source counts, and nothing else of it.
constexpr uint32_t kSource = 1U << 0;

void put(nl_msg* message, int type, size_t length, const void* data) {
  if (nla_put(message, type, static_cast<int>(length), data) < 0) {
    throw std::bad_alloc();
  }
}

nlattr* nest(nl_msg* message, int type) {
  nlattr* start = nla_nest_start(message, type | NLA_F_NESTED);
  if (start == nullptr) {
    throw std::bad_alloc();
  }
  return start;
}

// Deletes what has the address as its source, in the direction of the tuple: of a connection to it, that is the reply's.
Request deletion(const Address& address, int tuple, int flags, const std::string& doing) {
  nl_msg* message = nlmsg_alloc_simple(NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE, 0);
  if (message == nullptr) {
    throw std::bad_alloc();
  }
  Request request(doing, 0, message);  // which owns it from here
  nfgenmsg header{};
  header.nfgen_family = static_cast<uint8_t>(address.family());
  header.version = 1;  // With 0, the kernel would look at no family.
  if (nlmsg_append(message, &header, sizeof header, NLMSG_ALIGNTO) < 0) {
    throw std::bad_alloc();
  }
  nlattr* whole = nest(message, tuple);
  nlattr* addresses = nest(message, CTA_TUPLE_IP);
  put(message, address.is_v6() ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, address.length(), address.bytes());
  nla_nest_end(message, addresses);
  nla_nest_end(message, whole);
  nlattr* filter = nest(message, CTA_FILTER);
  put(message, flags, sizeof kSource, &kSource);
  nla_nest_end(message, filter);
  return request;
}

// Stays open from one call to the next: the kernel lets whoever closes a socket of netfilter wait until what was deleted of rules just
// before is freed, 10 to 30 ms.
struct Session {
  ino_t network_namespace;
  NetlinkSocket socket;
};

std::mutex session_mutex;
std::optional<Session> session;

Failure open_session() {
  const Result<ino_t> here = own_network_namespace();
  if (!here.ok()) {
    return here.error();
  }
  if (!session || session->network_namespace != here.value()) {
    Result<NetlinkSocket> socket = NetlinkSocket::open(NETLINK_NETFILTER);
    if (!socket.ok()) {
      return socket.error();
    }
    session = Session{here.value(), std::move(socket.value())};
  }
  return std::nullopt;
}

}  // namespace

Failure forget_connections(const Address& address) {
  const std::string doing = "forgetting the connections of " + address.text();
  const std::lock_guard<std::mutex> lock(session_mutex);
  if (Failure failure = open_session()) {
    return failure;
  }
  std::vector<Request> requests;
  requests.push_back(deletion(address, CTA_TUPLE_ORIG, CTA_FILTER_ORIG_FLAGS, doing));
  requests.push_back(deletion(address, CTA_TUPLE_REPLY, CTA_FILTER_REPLY_FLAGS, doing));
  for (const Request& request : requests) {
    // One by one: with nothing to delete, a kernel may answer ENOENT.
    if (Failure failure = session->socket.send(request); failure && failure->number != ENOENT) {
      session.reset();  // An answer may still be on its way.
      return failure;
    }
  }
  return std::nullopt;
}

}  // namespace calicomesos::kernel
