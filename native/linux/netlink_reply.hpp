#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// What the kernel says over netlink. Each function reads one datagram, and nothing beyond it whatever its lengths say: they run
// as root in the agent's process. data is aligned like an nlmsghdr; nothing in it is changed.
namespace calicomesos::kernel {

// What became of one request.
struct Outcome {
  uint32_t sequence;     // the number of the request
  int number;            // errno; 0 if it was carried out
  std::string extended;  // what the kernel said besides ("mtu less than device minimum"), or empty
};

// The outcomes that a datagram tells, in their order.
std::vector<Outcome> outcomes(char* data, size_t length);

// The index of the interface of the last route that a datagram tells of; 0 if it tells of none.
int route_device(char* data, size_t length);

// The names of the interfaces that a datagram says have gone.
std::vector<std::string> removed_links(char* data, size_t length);

}  // namespace calicomesos::kernel
