#pragma once

#include <cstddef>
#include <functional>
#include <ostream>
#include <string>

#include <mesos/mesos.pb.h>

namespace mesos {

bool operator==(const ContainerID& left, const ContainerID& right);

inline bool operator!=(const ContainerID& left, const ContainerID& right)
{
  return !(left == right);
}

/// The values from the root to the container itself, with dots between.
std::ostream& operator<<(std::ostream& stream, const ContainerID& containerId);

} // namespace mesos {


template <>
struct std::hash<mesos::ContainerID>
{
  std::size_t operator()(const mesos::ContainerID& containerId) const
  {
    const std::size_t own = std::hash<std::string>()(containerId.value());
    return containerId.has_parent() ? own * 31 + (*this)(containerId.parent()) : own;
  }
};
