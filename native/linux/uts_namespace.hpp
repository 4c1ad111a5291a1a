#pragma once

#include <string>

#include "error.hpp"

// The UTS namespaces of containers, which hold their host names.
namespace calicomesos::kernel::uts_namespace {

// path is "/proc/<pid>/ns/uts"; name has at most 64 bytes. The calling process's own name stays as it is. ENOENT: the process
// has gone. EINVAL: the namespace is the caller's own, or the name is too long.
Failure set_host_name(const std::string& path, const std::string& name);

}  // namespace calicomesos::kernel::uts_namespace
