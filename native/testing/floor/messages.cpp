#include "messages.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace calico::floor {

void Messages::begin(uint16_t type, uint16_t flags, const void* header, size_t size)
{
  begun = bytes.size();
  nlmsghdr message{};
  message.nlmsg_type = type;
  message.nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
  message.nlmsg_seq = ++count;
  append(&message, sizeof(message));
  append(header, size);
}


void Messages::append(const void* value, size_t size)
{
  const size_t from = bytes.size();
  bytes.resize(from + NLMSG_ALIGN(size));
  if (size > 0 && value != nullptr) {
    std::memcpy(bytes.data() + from, value, size);
  }
  last()->nlmsg_len = static_cast<uint32_t>(bytes.size() - begun);
}


void Messages::attribute(uint16_t type, const void* value, size_t size)
{
  nlattr header{static_cast<uint16_t>(NLA_HDRLEN + size), type};
  append(&header, sizeof(header));
  append(value, size);
}


size_t Messages::nest(uint16_t type, size_t headerSize)
{
  const size_t nested = bytes.size();
  attribute(type, nullptr, headerSize);
  return nested;
}


void Messages::end(size_t nested)
{
  reinterpret_cast<nlattr*>(bytes.data() + nested)->nla_len = static_cast<uint16_t>(bytes.size() - nested);
}


int Messages::exchange(int socket)
{
  last()->nlmsg_flags |= NLM_F_ACK;
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  if (sendto(socket, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&kernel), sizeof(kernel)) < 0) {
    return errno;
  }
  int first = 0;
  alignas(nlmsghdr) char answer[8192];
  for (;;) {
    const ssize_t length = recv(socket, answer, sizeof(answer), 0);
    if (length < 0) {
      return errno;
    }
    auto left = static_cast<uint32_t>(length);
    for (auto* header = reinterpret_cast<nlmsghdr*>(answer); NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
      if (header->nlmsg_type == NLMSG_ERROR) {
        const int error = -static_cast<nlmsgerr*>(NLMSG_DATA(header))->error;
        first = first == 0 ? error : first;
        if (header->nlmsg_seq == count) {
          return first;
        }
      }
    }
  }
}

} // namespace calico::floor {
