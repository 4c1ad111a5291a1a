#include "containerizer.hpp"

#include <chrono>

#include <process/id.hpp>

#include <stout/stringify.hpp>

#include "container_id.hpp"

namespace calico::agent {

using mesos::ContainerID;
using process::Failure;
using process::Future;

Containerizer::Containerizer(
    mesos::slave::Isolator* _isolator,
    const Checkpoints& _checkpoints,
    const std::function<void(const Event&)>& _notify)
  : ProcessBase(process::ID::generate("containerizer")),
    isolator(_isolator),
    checkpoints(_checkpoints),
    notify(_notify) {}


const char* Containerizer::nameOf(State state)
{
  switch (state) {
    case State::PREPARING: return "PREPARING";
    case State::ISOLATING: return "ISOLATING";
    case State::RUNNING: return "RUNNING";
    case State::DESTROYING: return "DESTROYING";
  }
  return "?";
}


/// Mesos passes an isolator by for containers of which it says that it cannot handle them.
bool Containerizer::supported(const ContainerID& containerId) const
{
  const Option<ContainerPtr> root = containers.get(rootOf(containerId));
  const bool standalone = root.isSome() && root.get()->standalone;
  return (!containerId.has_parent() || isolator->supportsNesting()) && (!standalone || isolator->supportsStandalone());
}


Future<mesos::ContainerStatus> Containerizer::status(const ContainerID& containerId)
{
  const Option<ContainerPtr> found = containers.get(containerId);
  if (found.isNone()) {
    return Failure("unknown container '" + stringify(containerId) + "'");
  }
  const Option<ProcessId> process = found.get()->process;
  const Future<mesos::ContainerStatus> own =
    supported(containerId) ? isolator->status(containerId) : Future<mesos::ContainerStatus>(mesos::ContainerStatus());
  return own.then([containerId, process](mesos::ContainerStatus status) {
    *status.mutable_container_id() = containerId;
    if (process.isSome()) {
      status.set_executor_pid(static_cast<uint32_t>(process->pid));
    }
    return status;
  });
}


Future<mesos::ResourceStatistics> Containerizer::usage(const ContainerID& containerId)
{
  if (!containers.contains(containerId)) {
    return Failure("unknown container '" + stringify(containerId) + "'");
  }
  const Future<mesos::ResourceStatistics> own = supported(containerId)
    ? isolator->usage(containerId)
    : Future<mesos::ResourceStatistics>(mesos::ResourceStatistics());
  return own.then([](const mesos::ResourceStatistics& statistics) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    mesos::ResourceStatistics usage;
    usage.set_timestamp(std::chrono::duration<double>(now).count());
    usage.MergeFrom(statistics);
    return usage;
  });
}


Reply Containerizer::list()
{
  Reply reply;
  reply.set_ok(true);
  for (const auto& each : containers) {
    calico::agent::Container* container = reply.add_containers();
    *container->mutable_container_id() = valueOf(each.first);
    container->set_state(nameOf(each.second->state));
    if (each.second->process.isSome()) {
      container->set_pid(each.second->process->pid);
    }
  }
  return reply;
}

} // namespace calico::agent {
