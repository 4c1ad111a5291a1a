#pragma once

#include <google/protobuf/repeated_field.h>

#include <mesos/mesos.hpp>

namespace mesos {

/// A list of resources. Mesos's own adds, subtracts and searches them; an isolator of networks has no use for that.
class Resources
{
public:
  Resources() = default;
  Resources(const google::protobuf::RepeatedPtrField<Resource>& _resources) : resources(_resources) {}

  operator google::protobuf::RepeatedPtrField<Resource>() const { return resources; }

  bool empty() const { return resources.empty(); }
  size_t size() const { return static_cast<size_t>(resources.size()); }
  auto begin() const { return resources.begin(); }
  auto end() const { return resources.end(); }

private:
  google::protobuf::RepeatedPtrField<Resource> resources;
};

} // namespace mesos {
