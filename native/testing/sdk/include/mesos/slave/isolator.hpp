#pragma once

#include <string>
#include <vector>

#include <google/protobuf/map.h>

#include <mesos/mesos.hpp>
#include <mesos/resources.hpp>

#include <mesos/slave/containerizer.hpp>

#include <process/dispatch.hpp>
#include <process/future.hpp>
#include <process/owned.hpp>
#include <process/process.hpp>

#include <stout/hashset.hpp>
#include <stout/nothing.hpp>
#include <stout/option.hpp>
#include <stout/try.hpp>

namespace mesos {
namespace slave {

/// What an agent asks of an isolator, in the order of a container's life.
class Isolator
{
public:
  virtual ~Isolator() {}

  /// Whether it wants to hear of containers that have a parent, and of containers that were launched without a framework.
  virtual bool supportsNesting() { return false; }
  virtual bool supportsStandalone() { return false; }

  /// Called once, before anything else: the containers of the agent's life before, and those that belong to nobody any more.
  virtual process::Future<Nothing> recover(const std::vector<ContainerState>&, const hashset<ContainerID>&)
  {
    return Nothing();
  }

  /// Before the container has a process.
  virtual process::Future<Option<ContainerLaunchInfo>> prepare(const ContainerID&, const ContainerConfig&)
  {
    return None();
  }

  /// When the container's first process is there, in its namespaces, and has not yet begun to run.
  virtual process::Future<Nothing> isolate(const ContainerID&, pid_t)
  {
    return Nothing();
  }

  /// Completed when the container has to be killed for exceeding a limit; for most isolators never.
  virtual process::Future<ContainerLimitation> watch(const ContainerID&)
  {
    return process::Future<ContainerLimitation>();
  }

  virtual process::Future<Nothing> update(
      const ContainerID&,
      const Resources&,
      const google::protobuf::Map<std::string, Value::Scalar>& = {})
  {
    return Nothing();
  }

  virtual process::Future<ResourceStatistics> usage(const ContainerID&)
  {
    return ResourceStatistics();
  }

  virtual process::Future<ContainerStatus> status(const ContainerID&)
  {
    return ContainerStatus();
  }

  /// After all of the container's processes have gone. Also called for containers that the isolator does not know.
  virtual process::Future<Nothing> cleanup(const ContainerID&)
  {
    return Nothing();
  }
};

} // namespace slave {
} // namespace mesos {
