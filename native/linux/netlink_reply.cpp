#include "netlink_reply.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace calicomesos::kernel {
namespace {

template <typename Function>
void for_each_message(char* data, size_t length, const Function& function) {
  int left = static_cast<int>(std::min(length, size_t{1} << 30));
  for (auto* header = reinterpret_cast<nlmsghdr*>(data); nlmsg_ok(header, left); header = nlmsg_next(header, &left)) {
    function(header);
  }
}

// Up to its NUL, if it has one.
std::string text_of(nlattr* attribute) {
  const auto* characters = static_cast<const char*>(nla_data(attribute));
  return std::string(characters, ::strnlen(characters, static_cast<size_t>(nla_len(attribute))));
}

std::string extended(nlmsghdr* header) {
  const auto* refusal = static_cast<const nlmsgerr*>(nlmsg_data(header));
  if (!(header->nlmsg_flags & NLM_F_ACK_TLVS)) {
    return "";
  }
  size_t skip = sizeof *refusal;
  if (!(header->nlmsg_flags & NLM_F_CAPPED)) {  // then the request is echoed, after its own header
    skip += std::max(size_t{refusal->msg.nlmsg_len}, sizeof refusal->msg) - sizeof refusal->msg;
  }
  if (skip > static_cast<size_t>(nlmsg_datalen(header))) {
    return "";
  }
  nlattr* attribute = nlmsg_find_attr(header, NLMSG_ALIGN(static_cast<int>(skip)), NLMSGERR_ATTR_MSG);
  return attribute ? text_of(attribute) : "";
}

}  // namespace

std::vector<Outcome> outcomes(char* data, size_t length) {
  std::vector<Outcome> all;
  for_each_message(data, length, [&](nlmsghdr* header) {
    if (header->nlmsg_type == NLMSG_ERROR && nlmsg_valid_hdr(header, sizeof(nlmsgerr))) {
      const int code = static_cast<nlmsgerr*>(nlmsg_data(header))->error;
      all.push_back({header->nlmsg_seq, static_cast<int>(-static_cast<int64_t>(code)), code == 0 ? "" : extended(header)});
    }
  });
  return all;
}

int route_device(char* data, size_t length) {
  int device = 0;
  for_each_message(data, length, [&](nlmsghdr* header) {
    if (header->nlmsg_type == RTM_NEWROUTE && nlmsg_valid_hdr(header, sizeof(rtmsg))) {
      nlattr* attribute = nlmsg_find_attr(header, sizeof(rtmsg), RTA_OIF);
      device = attribute && nla_len(attribute) >= static_cast<int>(sizeof(uint32_t)) ? static_cast<int>(nla_get_u32(attribute)) : 0;
    }
  });
  return device;
}

std::vector<std::string> removed_links(char* data, size_t length) {
  std::vector<std::string> names;
  for_each_message(data, length, [&](nlmsghdr* header) {
    if (header->nlmsg_type != RTM_DELLINK || !nlmsg_valid_hdr(header, sizeof(ifinfomsg)) ||
        static_cast<ifinfomsg*>(nlmsg_data(header))->ifi_family != AF_UNSPEC) {  // another family: it has just left a bridge
      return;
    }
    if (nlattr* name = nlmsg_find_attr(header, sizeof(ifinfomsg), IFLA_IFNAME)) {
      names.push_back(text_of(name));
    }
  });
  return names;
}

}  // namespace calicomesos::kernel
