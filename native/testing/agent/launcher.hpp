#pragma once

#include <map>
#include <string>
#include <vector>

#include <mesos/slave/containerizer.hpp>

#include <stout/nothing.hpp>
#include <stout/option.hpp>
#include <stout/try.hpp>

#include "checkpoints.hpp"
#include "file_descriptor.hpp"

namespace calico::agent {

/// What to clone a container's first process for.
struct LaunchSpec
{
  std::vector<std::string> argv;
  std::map<std::string, std::string> environment;
  std::string sandbox;

  /// A process of the parent container, whose namespaces a nested one may enter.
  Option<pid_t> parent;
  mesos::slave::ContainerLaunchInfo launchInfo;
};


/// A container's first process, in its namespaces, waiting to be let go. It ends if this is destroyed before.
class BlockedProcess
{
public:
  static Try<BlockedProcess> clone(const LaunchSpec& spec);

  const ProcessId& id() const { return process; }

  /// Lets it mount and execute its command.
  Try<Nothing> unblock();

private:
  BlockedProcess(const ProcessId& _process, FileDescriptor&& _control);

  ProcessId process;
  FileDescriptor control;
};

} // namespace calico::agent {
