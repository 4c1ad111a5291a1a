#pragma once

#include <string>

#include "error.hpp"

// A name is a path under /proc/sys: "net/ipv4/ip_forward". What begins with "net/" is that of the calling thread's
// network namespace.
namespace calicomesos::kernel::sysctl {

// The value without the newline at its end. ENOENT: this kernel has none of that name.
Result<std::string> read(const std::string& name);

// Writes the value unless it is there already: several writes take the kernel's one big network lock, reads do not.
// Returns whether it had to.
Result<bool> write(const std::string& name, const std::string& value);

// The same in another network namespace, whose path is as for NetworkNamespace; for names that begin with "net/".
Result<bool> write_in(const std::string& network_namespace, const std::string& name, const std::string& value);

}  // namespace calicomesos::kernel::sysctl
