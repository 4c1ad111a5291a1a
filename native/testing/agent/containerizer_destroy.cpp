#include "containerizer.hpp"

#include <sys/wait.h>

#include <utility>

#include <glog/logging.h>

#include <process/async.hpp>
#include <process/collect.hpp>
#include <process/defer.hpp>

#include <stout/stringify.hpp>

#include "outcome.hpp"
#include "process_table.hpp"

namespace calico::agent {

using mesos::ContainerID;
using mesos::slave::ContainerLimitation;
using process::defer;
using process::Failure;
using process::Future;

namespace {

/// For a launch that was not answered when the container was destroyed; an earlier answer stands.
Reply cutShort()
{
  return failed("launch", "the container was destroyed during its launch");
}

} // namespace {


void Containerizer::watch(const ContainerID& containerId)
{
  if (supported(containerId)) {
    isolator->watch(containerId)
      .onAny(defer(self(), [this, containerId](const Future<ContainerLimitation>& limitation) {
        limited(containerId, limitation);
      }));
  }
}


void Containerizer::limited(const ContainerID& containerId, const Future<ContainerLimitation>& limitation)
{
  const Option<ContainerPtr> found = containers.get(containerId);
  if (found.isNone() || found.get()->state == State::DESTROYING) {
    return;
  }
  // As in Mesos, a watch that fails costs the container its life, too.
  Event event = eventOf("limited", containerId);
  if (limitation.isReady()) {
    *event.mutable_limitation() = limitation.get();
  } else {
    event.mutable_limitation()->set_message("watch: " + reasonOf(limitation));
  }
  destroyAndNotify(containerId, event);
}


void Containerizer::exited(const ContainerID& containerId)
{
  const Option<ContainerPtr> found = containers.get(containerId);
  if (found.isNone() || found.get()->state == State::DESTROYING) {
    return;
  }
  const Future<Option<int>>& status = found.get()->exited;
  Event event = eventOf("exited", containerId);
  if (status.isReady() && status.get().isSome()) {
    const int value = status.get().get();
    event.set_status(value);
    if (WIFEXITED(value)) {
      event.set_exit_code(WEXITSTATUS(value));
    } else if (WIFSIGNALED(value)) {
      event.set_signal(WTERMSIG(value));
    }
  }
  LOG(INFO) << "Container " << containerId << " has exited";
  destroyAndNotify(containerId, event);
}


void Containerizer::destroyAndNotify(const ContainerID& containerId, Event event)
{
  destroy(containerId).onAny([notify = notify, event](const Future<Nothing>& destroyed) mutable {
    if (!destroyed.isReady()) {
      event.set_error(reasonOf(destroyed));
    }
    notify(event);
  });
}


Future<Nothing> Containerizer::destroy(const ContainerID& containerId)
{
  const Option<ContainerPtr> found = containers.get(containerId);
  if (found.isNone()) {
    return Failure("unknown container '" + stringify(containerId) + "'");
  }
  const ContainerPtr container = found.get();
  if (container->state == State::DESTROYING) {
    return container->destroyed.future();
  }
  LOG(INFO) << "Destroying container " << containerId << ", which is " << nameOf(container->state);
  const State previous = container->state;
  container->state = State::DESTROYING;

  std::vector<Future<Nothing>> children;
  for (const ContainerID& child : hashset<ContainerID>(container->children)) {
    children.push_back(destroy(child));
  }
  process::await(children).onAny(defer(self(), [this, containerId, container, previous](
      const Future<std::vector<Future<Nothing>>>& destroyed) {
    std::string errors;
    for (const Future<Nothing>& each : destroyed.get()) {
      errors += each.isReady() ? "" : "; " + reasonOf(each);
    }
    if (!errors.empty()) {
      fail(container, "failed to destroy nested containers" + errors);
    } else {
      destroyItself(containerId, previous);
    }
  }));
  return container->destroyed.future();
}


void Containerizer::destroyItself(const ContainerID& containerId, State previous)
{
  // An isolator is never asked to clean up what it still prepares or isolates.
  const ContainerPtr container = containers.at(containerId);
  if (previous == State::PREPARING) {
    container->prepared.onAny(defer(self(), [this, containerId]() { kill(containerId); }));
  } else if (previous == State::ISOLATING) {
    container->isolated.onAny(defer(self(), [this, containerId]() { kill(containerId); }));
  } else {
    kill(containerId);
  }
}


void Containerizer::kill(const ContainerID& containerId)
{
  const ContainerPtr container = containers.at(containerId);
  container->blocked = None(); // If it still waits to be let go, it ends now.
  if (container->process.isNone()) {
    cleanup(containerId);
    return;
  }
  const ProcessId leader = container->process.get();
  process::async([leader]() -> Future<Nothing> { return killSession(leader); })
    .onAny(defer(self(), [this, containerId, container](const Future<Nothing>& killed) {
      if (!killed.isReady()) {
        // Isolators may rely on it that all processes have gone: none is called.
        fail(container, "failed to kill all processes of the container: " + reasonOf(killed));
        return;
      }
      container->exited.onAny(defer(self(), [this, containerId]() { cleanup(containerId); }));
    }));
}


void Containerizer::cleanup(const ContainerID& containerId)
{
  const Future<Nothing> cleaned =
    supported(containerId) ? isolator->cleanup(containerId) : Future<Nothing>(Nothing());
  cleaned.onAny(defer(self(), [this, containerId](const Future<Nothing>& future) { cleanedUp(containerId, future); }));
}


void Containerizer::cleanedUp(const ContainerID& containerId, const Future<Nothing>& cleaned)
{
  const ContainerPtr container = containers.at(containerId);
  if (!cleaned.isReady()) {
    fail(container, "failed to clean up: " + reasonOf(cleaned));
    return;
  }
  const Try<Nothing> forgotten = checkpoints.forget(containerId);
  if (forgotten.isError()) {
    LOG(WARNING) << forgotten.error();
  }
  if (containerId.has_parent()) {
    containers.at(containerId.parent())->children.erase(containerId);
  }
  containers.erase(containerId);
  LOG(INFO) << "Destroyed container " << containerId;
  container->destroyed.set(Nothing());
  container->launched->set(cutShort());
}


/// The container stays as it is, as in Mesos: only the next agent tries again.
void Containerizer::fail(const ContainerPtr& container, const std::string& error)
{
  LOG(ERROR) << error;
  container->destroyed.fail(error);
  container->launched->set(cutShort());
}

} // namespace calico::agent {
