#include "containerizer.hpp"

#include <utility>

#include <glog/logging.h>

#include <process/defer.hpp>

#include <stout/stringify.hpp>

#include "container_id.hpp"
#include "image.hpp"
#include "launch_environment.hpp"
#include "outcome.hpp"

namespace calico::agent {

using mesos::ContainerID;
using mesos::slave::ContainerClass;
using mesos::slave::ContainerConfig;
using mesos::slave::ContainerLaunchInfo;
using process::defer;
using process::Future;

Option<Error> Containerizer::inheritFromParent(const ContainerID& containerId, ContainerConfig* config) const
{
  if (!containerId.has_parent()) {
    if (classOf(*config) == ContainerClass::DEBUG) {
      return Error("container_class DEBUG is for nested containers only, and '" + stringify(containerId) + "' has no parent");
    }
    return None();
  }
  if (config->has_executor_info() || config->has_task_info()) {
    return Error("a nested container may have neither executor_info nor task_info");
  }
  const Option<ContainerPtr> parent = containers.get(containerId.parent());
  if (parent.isNone()) {
    return Error("parent container '" + stringify(containerId.parent()) + "' does not exist");
  }
  if (parent.get()->state == State::DESTROYING) {
    return Error("parent container '" + stringify(containerId.parent()) + "' is being destroyed");
  }
  // Mesos gives a nested container the executor of its root.
  const Option<ContainerConfig>& root = containers.at(rootOf(containerId))->config;
  if (root.isSome() && root->has_executor_info()) {
    *config->mutable_executor_info() = root->executor_info();
  }
  return None();
}


Future<Reply> Containerizer::launch(
    const ContainerID& containerId,
    const ContainerConfig& _config,
    const std::vector<std::string>& argv)
{
  const Option<ContainerPtr> present = containers.get(containerId);
  if (present.isSome()) {
    return failed(
        "launch", "container '" + stringify(containerId) + "' already exists and is " + nameOf(present.get()->state));
  }
  if (_config.has_container_info() && _config.container_info().type() != mesos::ContainerInfo::MESOS) {
    return failed("launch", "container_info.type must be MESOS: the Mesos containerizer takes no other");
  }

  ContainerPtr container(new Container());
  ContainerConfig config = _config;
  container->standalone = !containerId.has_parent() && isStandalone(config);
  config.set_directory(checkpoints.sandbox(containerId));
  const Option<Error> invalid = inheritFromParent(containerId, &config);
  if (invalid.isSome()) {
    return failed("launch", invalid->message);
  }
  Try<Nothing> kept = checkpoints.begin(containerId);
  if (kept.isSome()) {
    kept = checkpoints.keep(containerId, config);
  }
  if (kept.isError()) {
    return failed("checkpoint", kept.error());
  }

  container->config = config;
  container->argv = argv;
  containers.put(containerId, container);
  if (containerId.has_parent()) {
    containers.at(containerId.parent())->children.insert(containerId);
  }

  LOG(INFO) << "Preparing container " << containerId;
  container->prepared = supported(containerId)
    ? isolator->prepare(containerId, config)
    : Future<Option<ContainerLaunchInfo>>(None());
  container->prepared.onAny(defer(self(), [this, containerId]() { prepared(containerId); }));
  return container->launched->future();
}


void Containerizer::prepared(const ContainerID& containerId)
{
  // Gone, if it was destroyed meanwhile; its launch has been answered then.
  const Option<ContainerPtr> found = containers.get(containerId);
  if (found.isNone() || found.get()->state != State::PREPARING) {
    return;
  }
  const ContainerPtr container = found.get();
  if (!container->prepared.isReady()) {
    failLaunch(containerId, "prepare", reasonOf(container->prepared));
    return;
  }

  ContainerLaunchInfo launchInfo = container->prepared.get().getOrElse(ContainerLaunchInfo());
  if (launchInfo.has_rootfs() || launchInfo.has_user()) {
    failLaunch(containerId, "prepare", "an isolator should specify neither rootfs nor user in its launch info");
    return;
  }
  const Option<ContainerPtr> parent = containerId.has_parent() ? containers.get(containerId.parent()) : None();
  completeEnvironment(
      container->config.get(), parent.isSome() ? parent.get()->launchInfo : None(), &launchInfo);
  launchInfo.set_working_directory(container->config->directory());
  if (container->config->has_rootfs()) {
    addImage(container->config->rootfs(), &launchInfo);
  }
  *launchInfo.mutable_command() = container->config->command_info();
  container->launchInfo = launchInfo;

  const Try<Nothing> kept = checkpoints.keep(containerId, launchInfo);
  if (kept.isError()) {
    failLaunch(containerId, "checkpoint", kept.error());
    return;
  }
  const Option<Error> failure = clone(containerId, container.get());
  if (failure.isSome()) {
    failLaunch(containerId, "clone", failure->message);
    return;
  }
  isolate(containerId);
}


Option<Error> Containerizer::clone(const ContainerID& containerId, Container* container)
{
  LaunchSpec spec;
  spec.argv = container->argv;
  spec.environment = environmentOf(container->config.get(), container->launchInfo.get());
  spec.sandbox = container->config->directory();
  spec.launchInfo = container->launchInfo.get();
  if (containerId.has_parent() && containers.at(containerId.parent())->process.isSome()) {
    spec.parent = containers.at(containerId.parent())->process->pid;
  }

  Try<BlockedProcess> blocked = BlockedProcess::clone(spec);
  if (blocked.isError()) {
    return Error(blocked.error());
  }
  container->process = blocked->id();
  container->blocked = Option<BlockedProcess>(std::move(blocked.get()));
  container->exited = reaper.exited(container->process->pid);

  const Try<Nothing> kept = checkpoints.keep(containerId, container->process.get());
  if (kept.isError()) {
    return Error(kept.error());
  }
  return None();
}


void Containerizer::isolate(const ContainerID& containerId)
{
  const ContainerPtr container = containers.at(containerId);
  container->state = State::ISOLATING;
  container->exited.onAny(defer(self(), [this, containerId]() { exited(containerId); }));
  watch(containerId);

  LOG(INFO) << "Isolating container " << containerId << ", process " << container->process->pid;
  container->isolated = supported(containerId)
    ? isolator->isolate(containerId, container->process->pid)
    : Future<Nothing>(Nothing());
  container->isolated.onAny(defer(self(), [this, containerId]() { isolated(containerId); }));
}


void Containerizer::isolated(const ContainerID& containerId)
{
  const Option<ContainerPtr> found = containers.get(containerId);
  if (found.isNone() || found.get()->state != State::ISOLATING) {
    return;
  }
  const ContainerPtr container = found.get();
  if (!container->isolated.isReady()) {
    failLaunch(containerId, "isolate", reasonOf(container->isolated));
    return;
  }
  const Try<Nothing> unblocked = container->blocked->unblock();
  container->blocked = None();
  if (unblocked.isError()) {
    failLaunch(containerId, "isolate", unblocked.error());
    return;
  }

  LOG(INFO) << "Running container " << containerId;
  container->state = State::RUNNING;
  Reply reply;
  reply.set_ok(true);
  reply.set_pid(container->process->pid);
  if (container->prepared.get().isSome()) {
    *reply.mutable_launch_info() = container->prepared.get().get();
  }
  container->launched->set(reply);
}


/// The Mesos agent destroys a container whose launch has failed.
void Containerizer::failLaunch(const ContainerID& containerId, const std::string& step, const std::string& error)
{
  LOG(WARNING) << "Container " << containerId << " failed to " << step << ": " << error;
  const process::Owned<process::Promise<Reply>> launched = containers.at(containerId)->launched;
  destroy(containerId).onAny([launched, step, error](const Future<Nothing>& destroyed) {
    launched->set(failed(step, destroyed.isReady() ? error : error + "; and then " + reasonOf(destroyed)));
  });
}

} // namespace calico::agent {
