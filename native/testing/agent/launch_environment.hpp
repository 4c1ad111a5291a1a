#pragma once

#include <map>
#include <string>

#include <mesos/slave/containerizer.hpp>

#include <stout/option.hpp>

namespace calico::agent {

/// Puts what the isolator, the user and the parent of a DEBUG container want together in `launchInfo`, as Mesos does.
void completeEnvironment(
    const mesos::slave::ContainerConfig& config,
    const Option<mesos::slave::ContainerLaunchInfo>& parentLaunchInfo,
    mesos::slave::ContainerLaunchInfo* launchInfo);

/// What the container's process gets: nothing of the agent's own environment.
std::map<std::string, std::string> environmentOf(
    const mesos::slave::ContainerConfig& config,
    const mesos::slave::ContainerLaunchInfo& launchInfo);

} // namespace calico::agent {
