#pragma once

#include <memory>
#include <string>
#include <vector>

#include <mesos/slave/isolator.hpp>

#include <process/future.hpp>

#include <stout/hashset.hpp>
#include <stout/nothing.hpp>
#include <stout/option.hpp>

#include "isolator/engine.hpp"
#include "isolator/metrics.hpp"

namespace calico {

/// The Mesos isolator. It decides nothing: each call is serialized, handed to Java, and its answer parsed.
class NetworkIsolator : public mesos::slave::Isolator
{
public:
  explicit NetworkIsolator(std::unique_ptr<Engine> engine);

  bool supportsNesting() override { return true; }
  bool supportsStandalone() override { return true; }

  process::Future<Nothing> recover(
      const std::vector<mesos::slave::ContainerState>& states,
      const hashset<mesos::ContainerID>& orphans) override;

  process::Future<Option<mesos::slave::ContainerLaunchInfo>> prepare(
      const mesos::ContainerID& containerId,
      const mesos::slave::ContainerConfig& containerConfig) override;

  process::Future<Nothing> isolate(const mesos::ContainerID& containerId, pid_t pid) override;

  process::Future<mesos::slave::ContainerLimitation> watch(const mesos::ContainerID& containerId) override;

  process::Future<mesos::ResourceStatistics> usage(const mesos::ContainerID& containerId) override;

  process::Future<mesos::ContainerStatus> status(const mesos::ContainerID& containerId) override;

  process::Future<Nothing> cleanup(const mesos::ContainerID& containerId) override;

private:
  const std::unique_ptr<Engine> engine;
  Metrics metrics;
};

} // namespace calico
