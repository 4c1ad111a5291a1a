#pragma once

#include <string>
#include <vector>

#include <mesos/slave/containerizer.hpp>

#include "file_descriptor.hpp"

namespace calico::agent {

struct NamespaceToEnter
{
  int cloneFlag;
  FileDescriptor descriptor;
};


/// What a container's first process does. Complete before it is cloned: in the clone nothing may be allocated.
struct ContainerInit
{
  std::vector<char*> argv;        // Ends with a null, as exec wants it.
  std::vector<char*> environment; // As well; NAME=value.
  std::string sandbox;
  std::vector<NamespaceToEnter> enter;
  mesos::slave::ContainerLaunchInfo launchInfo;
};


/// What the first process tells the agent, once: that it is in its namespaces and waits, or what it could not do.
struct InitReport
{
  int error;
  char what[60];
};


/// Runs in the cloned process: enters the namespaces, reports over `control`, waits there for one byte, mounts, enters the image and executes.
/// The agent has other threads, so that between clone and exec only async-signal-safe calls are allowed.
[[noreturn]] void runContainerInit(const ContainerInit& init, int control);

} // namespace calico::agent {
