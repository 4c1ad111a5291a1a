#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <string>
#include <vector>

namespace calico::floor {

/// Netlink requests, one after the other in one buffer. Nothing but what the kernel reads.
class Messages
{
public:
  template <typename Header>
  void begin(uint16_t type, uint16_t flags, const Header& header)
  {
    begin(type, flags, &header, sizeof(header));
  }

  void attribute(uint16_t type, const void* value, size_t size);
  template <typename Value>
  void attribute(uint16_t type, const Value& value) { attribute(type, &value, sizeof(value)); }
  void attribute(uint16_t type, const std::string& value) { attribute(type, value.c_str(), value.size() + 1); }

  /// Opens an attribute that holds others, after a header of so many zero bytes; `end` closes it.
  size_t nest(uint16_t type, size_t headerSize = 0);
  void end(size_t nested);

  /// Sends them, and reads what the kernel says to the last. Returns 0 or the first errno.
  int exchange(int socket);

private:
  void begin(uint16_t type, uint16_t flags, const void* header, size_t size);
  nlmsghdr* last() { return reinterpret_cast<nlmsghdr*>(bytes.data() + begun); }
  void append(const void* value, size_t size);

  std::vector<char> bytes;
  size_t begun = 0;
  uint32_t count = 0;
};

} // namespace calico::floor {
