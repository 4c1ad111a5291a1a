#pragma once

#include <string>

namespace calico::floor {

/// Makes, with as few system calls as we know, what the module makes of one IPv4 address in a container's network namespace.
/// Returns an empty text, or what did not work.
std::string attach(const std::string& pid, const std::string& hostInterface, const std::string& address);

/// Takes it away.
std::string detach(const std::string& hostInterface);

} // namespace calico::floor {
