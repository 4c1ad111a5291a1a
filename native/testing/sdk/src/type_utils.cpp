#include <mesos/type_utils.hpp>

namespace mesos {

bool operator==(const ContainerID& left, const ContainerID& right)
{
  return left.value() == right.value() &&
    left.has_parent() == right.has_parent() &&
    (!left.has_parent() || left.parent() == right.parent());
}


std::ostream& operator<<(std::ostream& stream, const ContainerID& containerId)
{
  if (containerId.has_parent()) {
    stream << containerId.parent() << ".";
  }
  return stream << containerId.value();
}

} // namespace mesos {
