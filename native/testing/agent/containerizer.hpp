#pragma once

#include <functional>
#include <string>
#include <vector>

#include <mesos/mesos.hpp>

#include <mesos/slave/containerizer.hpp>
#include <mesos/slave/isolator.hpp>

#include <process/future.hpp>
#include <process/owned.hpp>
#include <process/process.hpp>

#include <stout/error.hpp>
#include <stout/hashmap.hpp>
#include <stout/hashset.hpp>
#include <stout/nothing.hpp>
#include <stout/option.hpp>

#include "checkpoints.hpp"
#include "launcher.hpp"
#include "protocol.pb.h"
#include "reaper.hpp"
#include "recovery.hpp"

namespace calico::agent {

/// Takes containers through their life and calls the isolator in the order in which Mesos's containerizer does.
class Containerizer : public process::Process<Containerizer>
{
public:
  Containerizer(
      mesos::slave::Isolator* isolator,
      const Checkpoints& checkpoints,
      const std::function<void(const Event&)>& notify);

  /// Before anything else. Returns the event `ready`.
  process::Future<Event> recover();

  /// A reply that is not ok names the step that failed; by then the container is cleaned up.
  process::Future<Reply> launch(
      const mesos::ContainerID& containerId,
      const mesos::slave::ContainerConfig& config,
      const std::vector<std::string>& argv);

  /// Fails for an unknown container.
  process::Future<Nothing> destroy(const mesos::ContainerID& containerId);

  process::Future<mesos::ContainerStatus> status(const mesos::ContainerID& containerId);
  process::Future<mesos::ResourceStatistics> usage(const mesos::ContainerID& containerId);
  Reply list();

private:
  enum class State
  {
    PREPARING,
    ISOLATING,
    RUNNING,
    DESTROYING
  };

  struct Container
  {
    State state = State::PREPARING;
    bool standalone = false;
    Option<mesos::slave::ContainerConfig> config;
    Option<mesos::slave::ContainerLaunchInfo> launchInfo;
    std::vector<std::string> argv;
    Option<ProcessId> process;
    hashset<mesos::ContainerID> children;

    process::Future<Option<mesos::slave::ContainerLaunchInfo>> prepared;
    Option<BlockedProcess> blocked;
    process::Future<Nothing> isolated;
    process::Owned<process::Promise<Reply>> launched{new process::Promise<Reply>()};
    process::Future<Option<int>> exited = Option<int>::none();
    process::Promise<Nothing> destroyed;
  };

  typedef process::Owned<Container> ContainerPtr;

  static const char* nameOf(State state);

  bool supported(const mesos::ContainerID& containerId) const;

  Option<Error> inheritFromParent(const mesos::ContainerID& containerId, mesos::slave::ContainerConfig* config) const;
  void prepared(const mesos::ContainerID& containerId);
  Option<Error> clone(const mesos::ContainerID& containerId, Container* container);
  void isolate(const mesos::ContainerID& containerId);
  void isolated(const mesos::ContainerID& containerId);
  void failLaunch(const mesos::ContainerID& containerId, const std::string& step, const std::string& error);

  void watch(const mesos::ContainerID& containerId);
  void limited(
      const mesos::ContainerID& containerId,
      const process::Future<mesos::slave::ContainerLimitation>& limitation);
  void exited(const mesos::ContainerID& containerId);

  void destroyItself(const mesos::ContainerID& containerId, State previous);
  void kill(const mesos::ContainerID& containerId);
  void cleanup(const mesos::ContainerID& containerId);
  void cleanedUp(const mesos::ContainerID& containerId, const process::Future<Nothing>& cleaned);
  void fail(const ContainerPtr& container, const std::string& error);

  void adopt(const Recovery& recovery, const std::vector<Checkpoint>& found);
  Event recovered(const Recovery& recovery);
  void destroyAndNotify(const mesos::ContainerID& containerId, Event event);

  mesos::slave::Isolator* const isolator;
  const Checkpoints checkpoints;
  const std::function<void(const Event&)> notify;
  Reaper reaper;
  hashmap<mesos::ContainerID, ContainerPtr> containers;
};

} // namespace calico::agent {
