#pragma once

#include <sys/types.h>

#include <cstdint>

#include <stout/nothing.hpp>
#include <stout/option.hpp>
#include <stout/try.hpp>

#include "checkpoints.hpp"

namespace calico::agent {

/// The process that has this pid now; none if there is none, or if it is dead and only not yet reaped.
Option<ProcessId> findProcess(pid_t pid);

/// Kills a process, its whole session, and the descendants of all of them, and waits until they have gone. A descendant that
/// has both left the session and lost its parent is not found.
Try<Nothing> killSession(const ProcessId& leader);

} // namespace calico::agent {
