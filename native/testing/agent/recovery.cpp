#include "recovery.hpp"

#include "container_id.hpp"

namespace calico::agent {

using mesos::slave::ContainerClass;
using mesos::slave::ContainerConfig;
using mesos::slave::ContainerState;

bool isStandalone(const ContainerConfig& rootConfig)
{
  return !rootConfig.has_executor_info() && !rootConfig.has_task_info();
}


ContainerClass classOf(const Option<ContainerConfig>& config)
{
  return config.isSome() && config->has_container_class() ? config->container_class() : ContainerClass::DEFAULT;
}


Recovery sortCheckpoints(const Checkpoints& checkpoints, const std::vector<Checkpoint>& found)
{
  Recovery recovery;
  std::vector<ContainerState> others;
  for (const Checkpoint& each : found) {
    // Without a pid the launch did not come to an end: the process saw the agent die and ended by itself.
    const bool launched = each.process.isSome() && each.config.isSome();
    const bool nested = each.containerId.has_parent();
    const bool follows = nested && (
        recovery.orphans.contains(rootOf(each.containerId)) || classOf(each.config) == ContainerClass::DEBUG);
    if (!launched || follows) {
      recovery.orphans.insert(each.containerId);
      continue;
    }

    ContainerState state;
    *state.mutable_container_id() = each.containerId;
    state.set_pid(static_cast<uint64_t>(each.process->pid));
    state.set_directory(checkpoints.sandbox(each.containerId));
    if (!nested && !isStandalone(each.config.get())) {
      *state.mutable_executor_info() = each.config->executor_info();
      recovery.states.push_back(state);
    } else {
      if (each.config->has_container_info()) {
        *state.mutable_container_info() = each.config->container_info();
      }
      others.push_back(state);
    }
  }
  // The agent's own containers come first, then what only the containerizer knows of.
  recovery.states.insert(recovery.states.end(), others.begin(), others.end());
  return recovery;
}

} // namespace calico::agent {
