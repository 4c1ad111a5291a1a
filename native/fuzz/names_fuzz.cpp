#include <cstdlib>
#include <string>

#include "address.hpp"
#include "interface.hpp"

using namespace calicomesos::kernel;

// What Java hands over as names and addresses.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (!Interface::check_name(text, "checking") && (text.empty() || text.size() > 15)) {
    std::abort();
  }
  for (const Result<Address>& address : {Address::parse(text), Address::from_bytes(data, size)}) {
    if (address.ok() && !Address::parse(address.value().text()).ok()) {
      std::abort();
    }
  }
  return 0;
}
