#pragma once

#include <array>
#include <cstdint>

namespace calicomesos::kernel {

// A link-layer address, as it goes over the wire.
using Mac = std::array<uint8_t, 6>;

}  // namespace calicomesos::kernel
