#include "launch_environment.hpp"

#include "recovery.hpp"

namespace calico::agent {

void completeEnvironment(
    const mesos::slave::ContainerConfig& config,
    const Option<mesos::slave::ContainerLaunchInfo>& parentLaunchInfo,
    mesos::slave::ContainerLaunchInfo* launchInfo)
{
  // The later ones win.
  mesos::Environment environment;
  if (classOf(config) == mesos::slave::ContainerClass::DEBUG) {
    if (parentLaunchInfo.isSome()) {
      environment = parentLaunchInfo->environment();
    }
  } else {
    mesos::Environment::Variable* sandbox = environment.add_variables();
    sandbox->set_name("MESOS_SANDBOX");
    sandbox->set_value(config.directory());
  }
  environment.MergeFrom(launchInfo->environment());
  environment.MergeFrom(config.command_info().environment());
  *launchInfo->mutable_environment() = environment;
}


std::map<std::string, std::string> environmentOf(
    const mesos::slave::ContainerConfig& config,
    const mesos::slave::ContainerLaunchInfo& launchInfo)
{
  std::map<std::string, std::string> environment = {
    {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}};
  for (const mesos::Environment::Variable& variable : launchInfo.environment().variables()) {
    environment[variable.name()] = variable.value();
  }
  // In Mesos the command executor hands these on to its task; here the process stands for both.
  if (config.has_task_info()) {
    for (const mesos::Environment::Variable& variable : launchInfo.task_environment().variables()) {
      environment[variable.name()] = variable.value();
    }
  }
  return environment;
}

} // namespace calico::agent {
