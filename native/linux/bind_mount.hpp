#pragma once

#include <string>

#include "error.hpp"

// Mounts of one file over another, in this process's mount namespace.
namespace calicomesos::kernel::bind_mount {

// Shows source, a file (also one of /proc/<pid>/ns/), where target stands, which must be a file. ENOENT: one of them is not
// there.
Failure make(const std::string& source, const std::string& target);

// Takes away all that is mounted over target; whoever still uses it keeps it. Returns whether there was something. ENOENT:
// there is no such file.
Result<bool> remove(const std::string& target);

}  // namespace calicomesos::kernel::bind_mount
