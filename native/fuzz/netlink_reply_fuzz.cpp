#include "netlink_reply.hpp"

#include <cstdlib>
#include <cstring>
#include <memory>

using namespace calicomesos::kernel;

namespace {

// Nothing is told that is not in the datagram.
void require(bool met) {
  if (!met) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Of its very size, so that a sanitizer sees one byte too many; new aligns it.
  const std::unique_ptr<char[]> datagram(new char[size]);
  if (size == 0) {
    return 0;
  }
  std::memcpy(datagram.get(), data, size);
  size_t told = 0;
  for (const Outcome& each : outcomes(datagram.get(), size)) {
    told += each.extended.size() + 16;
  }
  require(told <= size);
  told = 0;
  for (const std::string& each : removed_links(datagram.get(), size)) {
    told += each.size() + 16;
  }
  require(told <= size);
  route_device(datagram.get(), size);
  require(std::memcmp(datagram.get(), data, size) == 0);
  return 0;
}
