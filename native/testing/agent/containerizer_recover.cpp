#include "containerizer.hpp"

#include <unistd.h>

#include <glog/logging.h>

#include <process/defer.hpp>

#include "container_id.hpp"
#include "outcome.hpp"
#include "process_table.hpp"

namespace calico::agent {

using mesos::ContainerID;
using process::defer;
using process::Failure;
using process::Future;

Future<Event> Containerizer::recover()
{
  const Try<std::vector<Checkpoint>> found = checkpoints.recover();
  if (found.isError()) {
    return Failure(found.error());
  }
  const Recovery recovery = sortCheckpoints(checkpoints, found.get());
  adopt(recovery, found.get());

  std::vector<mesos::slave::ContainerState> states;
  for (const mesos::slave::ContainerState& state : recovery.states) {
    if (supported(state.container_id())) {
      states.push_back(state);
    }
  }
  hashset<ContainerID> orphans;
  for (const ContainerID& orphan : recovery.orphans) {
    if (supported(orphan)) {
      orphans.insert(orphan);
    }
  }
  LOG(INFO) << "Recovering " << states.size() << " containers and " << orphans.size() << " orphans";
  return isolator->recover(states, orphans)
    .then(defer(self(), [this, recovery]() { return recovered(recovery); }));
}


void Containerizer::adopt(const Recovery& recovery, const std::vector<Checkpoint>& found)
{
  for (const Checkpoint& each : found) {
    ContainerPtr container(new Container());
    container->state = State::RUNNING;
    container->config = each.config;
    container->launchInfo = each.launchInfo;
    container->process = each.process;
    container->standalone = !each.containerId.has_parent() && each.config.isSome() && isStandalone(each.config.get());
    if (each.process.isSome()) {
      const Option<ProcessId> now = findProcess(each.process->pid);
      if (now.isSome() && now->startTicks == each.process->startTicks) {
        container->exited = reaper.exited(now->pid);
      }
    }
    containers.put(each.containerId, container);
    if (each.containerId.has_parent()) {
      containers.at(each.containerId.parent())->children.insert(each.containerId);
    }
  }
  LOG(INFO) << "Found " << recovery.states.size() << " containers and " << recovery.orphans.size() << " orphans";
}


Event Containerizer::recovered(const Recovery& recovery)
{
  Event event;
  event.set_event("ready");
  event.set_pid(getpid());
  for (const mesos::slave::ContainerState& state : recovery.states) {
    const ContainerID& containerId = state.container_id();
    *event.add_recovered() = valueOf(containerId);
    watch(containerId);
    // At once for a container whose process has died meanwhile: then it is destroyed.
    containers.at(containerId)->exited.onAny(defer(self(), [this, containerId]() { exited(containerId); }));
  }
  for (const ContainerID& orphan : recovery.orphans) {
    *event.add_orphans() = valueOf(orphan);
  }
  for (const ContainerID& orphan : recovery.orphans) {
    destroyAndNotify(orphan, eventOf("orphan", orphan));
  }
  return event;
}

} // namespace calico::agent {
