#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

#include <mesos/mesos.hpp>

#include <mesos/slave/containerizer.hpp>

#include <stout/nothing.hpp>
#include <stout/option.hpp>
#include <stout/try.hpp>

namespace calico::agent {

/// A process, told from another that got the same pid later by when it started (in clock ticks since boot).
struct ProcessId
{
  pid_t pid;
  uint64_t startTicks;
};


/// What is known of a container after the agent's death. Each thing is there or not, depending on when the agent died.
struct Checkpoint
{
  mesos::ContainerID containerId;
  Option<mesos::slave::ContainerConfig> config;
  Option<mesos::slave::ContainerLaunchInfo> launchInfo;
  Option<ProcessId> process;
};


/// The agent's memory on disk: one directory per container, those of nested containers inside their parent's.
class Checkpoints
{
public:
  explicit Checkpoints(const std::string& _workDir) : workDir(_workDir) {}

  /// The directory of a container's output, which is kept after its end.
  std::string sandbox(const mesos::ContainerID& containerId) const;

  /// Makes the container's two directories.
  Try<Nothing> begin(const mesos::ContainerID& containerId) const;

  Try<Nothing> keep(const mesos::ContainerID& containerId, const mesos::slave::ContainerConfig& config) const;
  Try<Nothing> keep(const mesos::ContainerID& containerId, const mesos::slave::ContainerLaunchInfo& launchInfo) const;
  Try<Nothing> keep(const mesos::ContainerID& containerId, const ProcessId& process) const;

  Try<Nothing> forget(const mesos::ContainerID& containerId) const;

  /// All that is kept, parents before their children.
  Try<std::vector<Checkpoint>> recover() const;

private:
  std::string directory(const mesos::ContainerID& containerId) const;

  const std::string workDir;
};

} // namespace calico::agent {
