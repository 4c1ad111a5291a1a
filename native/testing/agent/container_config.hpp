#pragma once

#include <mesos/slave/containerizer.hpp>

#include "protocol.pb.h"

namespace calico::agent {

/// The ContainerConfig that an agent would make of what a command says, but for the sandbox's directory. What Mesos
/// guarantees holds: command_info and container_info are copies of the executor's, if there is one, and of the task's.
mesos::slave::ContainerConfig configOf(const Command& command);

} // namespace calico::agent {
