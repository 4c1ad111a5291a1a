#include "checkpoints.hpp"

#include <cerrno>
#include <filesystem>
#include <sstream>
#include <system_error>

#include <stout/error.hpp>
#include <stout/none.hpp>

#include "files.hpp"

namespace calico::agent {

namespace {

namespace fs = std::filesystem;

constexpr char CONFIG[] = "config";
constexpr char LAUNCH_INFO[] = "launch_info";
constexpr char PROCESS[] = "process";
constexpr char CONTAINERS[] = "containers";


/// The container's directory under `root`: root/containers/parent/containers/child.
std::string pathOf(const std::string& root, const mesos::ContainerID& containerId)
{
  const std::string above = containerId.has_parent() ? pathOf(root, containerId.parent()) : root;
  return above + "/" + CONTAINERS + "/" + containerId.value();
}


Try<Nothing> makeDirectory(const std::string& path)
{
  std::error_code error;
  fs::create_directories(path, error);
  if (error) {
    return Error("cannot make the directory " + path + ": " + error.message());
  }
  return Nothing();
}


/// None, if there is no such file.
Try<Option<std::string>> readIfThere(const std::string& path)
{
  const Try<std::string, ErrnoError> content = readFile(path);
  if (content.isSome()) {
    return Option<std::string>(content.get());
  }
  if (content.error().code == ENOENT) {
    return Option<std::string>::none();
  }
  return Error(content.error().message);
}


template <typename Message>
Try<Option<Message>> readMessage(const std::string& path)
{
  const Try<Option<std::string>> content = readIfThere(path);
  if (content.isError()) {
    return Error(content.error());
  }
  if (content->isNone()) {
    return Option<Message>::none();
  }
  Message message;
  if (!message.ParseFromString(content->get())) {
    return Error(path + " does not hold a " + message.GetTypeName() + ": remove it, or use another --work_dir");
  }
  return Option<Message>(message);
}


Try<Option<ProcessId>> readProcess(const std::string& path)
{
  const Try<Option<std::string>> content = readIfThere(path);
  if (content.isError()) {
    return Error(content.error());
  }
  if (content->isNone()) {
    return Option<ProcessId>::none();
  }
  ProcessId process{};
  std::istringstream words(content->get());
  if (!(words >> process.pid >> process.startTicks)) {
    return Error(path + " does not hold a pid and when it started: remove it, or use another --work_dir");
  }
  return Option<ProcessId>(process);
}


Try<Checkpoint> readCheckpoint(const std::string& directory, const mesos::ContainerID& containerId)
{
  const auto config = readMessage<mesos::slave::ContainerConfig>(directory + "/" + CONFIG);
  if (config.isError()) {
    return Error(config.error());
  }
  const auto launchInfo = readMessage<mesos::slave::ContainerLaunchInfo>(directory + "/" + LAUNCH_INFO);
  if (launchInfo.isError()) {
    return Error(launchInfo.error());
  }
  const Try<Option<ProcessId>> process = readProcess(directory + "/" + PROCESS);
  if (process.isError()) {
    return Error(process.error());
  }
  return Checkpoint{containerId, config.get(), launchInfo.get(), process.get()};
}


Try<Nothing> readAll(
    const std::string& directory,
    const Option<mesos::ContainerID>& parent,
    std::vector<Checkpoint>* checkpoints)
{
  const std::string parentDirectory = directory + "/" + CONTAINERS;
  const Try<std::vector<std::string>> names = listDirectory(parentDirectory);
  if (names.isError()) {
    return Error(names.error());
  }
  for (const std::string& name : names.get()) {
    mesos::ContainerID containerId;
    containerId.set_value(name);
    if (parent.isSome()) {
      *containerId.mutable_parent() = parent.get();
    }
    const Try<Checkpoint> checkpoint = readCheckpoint(parentDirectory + "/" + name, containerId);
    if (checkpoint.isError()) {
      return Error(checkpoint.error());
    }
    checkpoints->push_back(checkpoint.get());
    const Try<Nothing> nested = readAll(parentDirectory + "/" + name, containerId, checkpoints);
    if (nested.isError()) {
      return nested;
    }
  }
  return Nothing();
}

} // namespace {


std::string Checkpoints::sandbox(const mesos::ContainerID& containerId) const
{
  return pathOf(workDir, containerId);
}


std::string Checkpoints::directory(const mesos::ContainerID& containerId) const
{
  return pathOf(workDir + "/checkpoints", containerId);
}


Try<Nothing> Checkpoints::begin(const mesos::ContainerID& containerId) const
{
  const Try<Nothing> made = makeDirectory(sandbox(containerId));
  return made.isError() ? made : makeDirectory(directory(containerId));
}


Try<Nothing> Checkpoints::keep(const mesos::ContainerID& containerId, const mesos::slave::ContainerConfig& config) const
{
  return replaceFile(directory(containerId) + "/" + CONFIG, config.SerializeAsString());
}


Try<Nothing> Checkpoints::keep(
    const mesos::ContainerID& containerId,
    const mesos::slave::ContainerLaunchInfo& launchInfo) const
{
  return replaceFile(directory(containerId) + "/" + LAUNCH_INFO, launchInfo.SerializeAsString());
}


Try<Nothing> Checkpoints::keep(const mesos::ContainerID& containerId, const ProcessId& process) const
{
  return replaceFile(
      directory(containerId) + "/" + PROCESS, std::to_string(process.pid) + " " + std::to_string(process.startTicks));
}


Try<Nothing> Checkpoints::forget(const mesos::ContainerID& containerId) const
{
  std::error_code error;
  fs::remove_all(directory(containerId), error);
  if (error) {
    return Error("cannot remove " + directory(containerId) + ": " + error.message());
  }
  return Nothing();
}


Try<std::vector<Checkpoint>> Checkpoints::recover() const
{
  std::vector<Checkpoint> checkpoints;
  const Try<Nothing> read = readAll(workDir + "/checkpoints", None(), &checkpoints);
  if (read.isError()) {
    return Error(read.error());
  }
  return checkpoints;
}

} // namespace calico::agent {
