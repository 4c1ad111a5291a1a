#include "container_config.hpp"

namespace calico::agent {

mesos::slave::ContainerConfig configOf(const Command& command)
{
  mesos::slave::ContainerConfig config;

  mesos::CommandInfo* commandInfo = config.mutable_command_info();
  commandInfo->set_shell(false);
  if (command.command_size() > 0) {
    commandInfo->set_value(command.command(0));
  }
  *commandInfo->mutable_arguments() = command.command();
  for (const auto& variable : command.environment()) {
    mesos::Environment::Variable* added = commandInfo->mutable_environment()->add_variables();
    added->set_name(variable.first);
    added->set_value(variable.second);
  }

  if (command.has_container_info()) {
    *config.mutable_container_info() = command.container_info();
  } else if (command.task_info().has_container()) {
    *config.mutable_container_info() = command.task_info().container();
  } else if (command.executor_info().has_container()) {
    *config.mutable_container_info() = command.executor_info().container();
  }

  if (command.has_executor_info()) {
    *config.mutable_executor_info() = command.executor_info();
    *config.mutable_executor_info()->mutable_command() = *commandInfo;
    if (config.has_container_info()) {
      *config.mutable_executor_info()->mutable_container() = config.container_info();
    }
  }
  if (command.has_task_info()) {
    *config.mutable_task_info() = command.task_info();
    if (config.has_container_info()) {
      *config.mutable_task_info()->mutable_container() = config.container_info();
    }
  }

  *config.mutable_resources() = command.resources();
  if (command.has_container_class()) {
    config.set_container_class(command.container_class());
  }
  if (command.has_rootfs()) {
    config.set_rootfs(command.rootfs());
  }
  return config;
}

} // namespace calico::agent {
