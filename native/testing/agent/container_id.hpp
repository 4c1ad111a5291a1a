#pragma once

#include <google/protobuf/struct.pb.h>

#include <mesos/mesos.hpp>

#include <stout/try.hpp>

namespace calico::agent {

/// Reads a container id, a string or {"value": …, "parent": …}, and refuses one that Mesos refuses.
Try<mesos::ContainerID> parseContainerId(const google::protobuf::Value& value);

/// The same, the other way.
google::protobuf::Value valueOf(const mesos::ContainerID& containerId);

mesos::ContainerID rootOf(const mesos::ContainerID& containerId);

} // namespace calico::agent {
