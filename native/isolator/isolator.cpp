#include "isolator/isolator.hpp"

#include <utility>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>

namespace calico {

namespace {

using google::protobuf::internal::WireFormatLite;


/// io.calicomesos.slave.Recovery: repeated bytes states = 1, orphans = 2. Written by hand, since a message type of ours would
/// need generated code of the very protobuf that the agent was built with.
void append(std::string* recovery, int field, const std::string& bytes)
{
  google::protobuf::io::StringOutputStream stream(recovery);
  google::protobuf::io::CodedOutputStream coded(&stream);
  WireFormatLite::WriteBytes(field, bytes, &coded);
}


process::Future<Nothing> nothing(const process::Future<Answer>& future)
{
  return future.then([](const Answer&) -> process::Future<Nothing> { return Nothing(); });
}

} // namespace {


NetworkIsolator::NetworkIsolator(std::unique_ptr<Engine> _engine) : engine(std::move(_engine)) {}


process::Future<Nothing> NetworkIsolator::recover(
    const std::vector<mesos::slave::ContainerState>& states,
    const hashset<mesos::ContainerID>& orphans)
{
  std::string recovery;
  for (const mesos::slave::ContainerState& state : states) {
    append(&recovery, 1, state.SerializeAsString());
  }
  for (const mesos::ContainerID& orphan : orphans) {
    append(&recovery, 2, orphan.SerializeAsString());
  }
  return nothing(engine->recover(recovery));
}


process::Future<Option<mesos::slave::ContainerLaunchInfo>> NetworkIsolator::prepare(
    const mesos::ContainerID& containerId,
    const mesos::slave::ContainerConfig& containerConfig)
{
  using Launch = process::Future<Option<mesos::slave::ContainerLaunchInfo>>;
  return metrics.prepare.measure(engine->prepare(containerId.SerializeAsString(), containerConfig.SerializeAsString()))
    .then([](const Answer& answer) -> Launch {
      if (answer.isNone()) {
        return Option<mesos::slave::ContainerLaunchInfo>::none();
      }
      mesos::slave::ContainerLaunchInfo launchInfo;
      if (!launchInfo.ParseFromString(answer.get())) {
        return process::Failure("the Java side answered prepare with a malformed ContainerLaunchInfo");
      }
      return Option<mesos::slave::ContainerLaunchInfo>(launchInfo);
    });
}


process::Future<Nothing> NetworkIsolator::isolate(const mesos::ContainerID& containerId, pid_t pid)
{
  return nothing(metrics.isolate.measure(engine->isolate(containerId.SerializeAsString(), pid)));
}


process::Future<mesos::slave::ContainerLimitation> NetworkIsolator::watch(const mesos::ContainerID& containerId)
{
  using Limitation = process::Future<mesos::slave::ContainerLimitation>;
  return engine->watch(containerId.SerializeAsString())
    .then([](const Answer& answer) -> Limitation {
      if (answer.isNone()) {
        return Limitation(); // It never comes.
      }
      mesos::slave::ContainerLimitation limitation;
      if (!limitation.ParseFromString(answer.get())) {
        return process::Failure("the Java side answered watch with a malformed ContainerLimitation");
      }
      return limitation;
    });
}


process::Future<mesos::ResourceStatistics> NetworkIsolator::usage(const mesos::ContainerID& containerId)
{
  return engine->usage(containerId.SerializeAsString())
    .then([](const Answer& answer) -> process::Future<mesos::ResourceStatistics> {
      mesos::ResourceStatistics statistics;
      if (answer.isSome() && !statistics.ParseFromString(answer.get())) {
        return process::Failure("the Java side answered usage with malformed ResourceStatistics");
      }
      return statistics;
    });
}


process::Future<mesos::ContainerStatus> NetworkIsolator::status(const mesos::ContainerID& containerId)
{
  return engine->status(containerId.SerializeAsString())
    .then([](const Answer& answer) -> process::Future<mesos::ContainerStatus> {
      mesos::ContainerStatus status;
      if (answer.isSome() && !status.ParseFromString(answer.get())) {
        return process::Failure("the Java side answered status with a malformed ContainerStatus");
      }
      return status;
    });
}


process::Future<Nothing> NetworkIsolator::cleanup(const mesos::ContainerID& containerId)
{
  return nothing(metrics.cleanup.measure(engine->cleanup(containerId.SerializeAsString())));
}

} // namespace calico
