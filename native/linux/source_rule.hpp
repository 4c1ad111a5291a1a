#pragma once

#include <cstdint>
#include <string>

#include "address.hpp"
#include "netlink_socket.hpp"

namespace calicomesos::kernel {

// A policy rule: packets from one address are routed by a table of their own.
class SourceRule {
 public:
  // where is what error messages say of the place: " in /proc/12/ns/net".
  SourceRule(const Address& source, uint32_t table, const std::string& where)
      : source_(source), table_(table), text_("the rule for packets from " + source.text() + where) {}

  // EEXIST if it is there.
  Request add() const;
  Request remove() const;

 private:
  NlRule build() const;

  Address source_;
  uint32_t table_;
  std::string text_;
};

}  // namespace calicomesos::kernel
