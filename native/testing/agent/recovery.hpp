#pragma once

#include <vector>

#include <mesos/mesos.hpp>

#include <mesos/slave/containerizer.hpp>

#include <stout/hashset.hpp>
#include <stout/option.hpp>

#include "checkpoints.hpp"

namespace calico::agent {

/// What a new agent tells the isolator of the containers of the one before.
struct Recovery
{
  /// Containers that go on, also those whose process has died meanwhile: they are destroyed afterwards.
  std::vector<mesos::slave::ContainerState> states;

  /// Containers that belong to nobody, such as those whose launch was cut short: they are destroyed afterwards.
  hashset<mesos::ContainerID> orphans;
};


/// Sorts checkpoints, parents before children, into the two, by Mesos's rules.
Recovery sortCheckpoints(const Checkpoints& checkpoints, const std::vector<Checkpoint>& found);

/// Whether a container has no framework. A nested one is what its root is.
bool isStandalone(const mesos::slave::ContainerConfig& rootConfig);

mesos::slave::ContainerClass classOf(const Option<mesos::slave::ContainerConfig>& config);

} // namespace calico::agent {
