#include "address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cerrno>

namespace calicomesos::kernel {

Result<Address> Address::from_bytes(const uint8_t* bytes, size_t length) {
  if (length != 4 && length != 16) {
    return error("reading an address of " + std::to_string(length) + " bytes", EINVAL);
  }
  Address address;
  address.length_ = length;
  std::copy_n(bytes, length, address.bytes_.begin());
  return address;
}

Result<Address> Address::parse(const std::string& text) {
  std::array<uint8_t, 16> bytes;
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
    return from_bytes(bytes.data(), 4);
  }
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) {
    return from_bytes(bytes.data(), 16);
  }
  return error("reading the address " + text, EINVAL);
}

std::string Address::text() const {
  char text[INET6_ADDRSTRLEN];
  ::inet_ntop(family(), bytes_.data(), text, sizeof text);
  return text;
}

}  // namespace calicomesos::kernel
