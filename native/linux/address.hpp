#pragma once

#include <netinet/in.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "error.hpp"

namespace calicomesos::kernel {

// An IPv4 or IPv6 address.
class Address {
 public:
  // length is 4 or 16 bytes; EINVAL for any other.
  static Result<Address> from_bytes(const uint8_t* bytes, size_t length);
  // "198.18.0.1" or "2001:db8::1"; EINVAL for anything else.
  static Result<Address> parse(const std::string& text);

  bool is_v6() const { return length_ == 16; }
  int family() const { return is_v6() ? AF_INET6 : AF_INET; }
  const uint8_t* bytes() const { return bytes_.data(); }
  size_t length() const { return length_; }  // in bytes
  int bits() const { return static_cast<int>(length_) * 8; }
  std::string text() const;

 private:
  Address() = default;

  std::array<uint8_t, 16> bytes_{};
  size_t length_ = 0;
};

}  // namespace calicomesos::kernel
