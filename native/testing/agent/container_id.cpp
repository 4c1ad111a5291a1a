#include "container_id.hpp"

#include <algorithm>
#include <cctype>
#include <climits>
#include <string>

#include <stout/error.hpp>
#include <stout/none.hpp>
#include <stout/option.hpp>

#include "json.hpp"

namespace calico::agent {

namespace {

/// Mesos's own rules: each value becomes the name of a directory.
Option<Error> validate(const mesos::ContainerID& containerId)
{
  const std::string& value = containerId.value();
  if (value.empty() || value.size() > NAME_MAX) {
    return Error(
        "container id '" + value + "' has " + std::to_string(value.size()) + " characters: 1 to " +
        std::to_string(NAME_MAX) + " are allowed");
  }
  auto forbidden = [](unsigned char c) { return std::iscntrl(c) || c == '/' || c == '\\'; };
  if (value == "." || value == ".." || std::any_of(value.begin(), value.end(), forbidden)) {
    return Error(
        "container id '" + value + "' is not allowed: no '.', no '..', no slash, no backslash and no control character");
  }
  if (containerId.has_parent()) {
    return validate(containerId.parent());
  }
  return None();
}

} // namespace {


Try<mesos::ContainerID> parseContainerId(const google::protobuf::Value& value)
{
  mesos::ContainerID containerId;
  if (value.kind_case() == google::protobuf::Value::kStringValue) {
    containerId.set_value(value.string_value());
  } else {
    Try<Nothing> parsed = fromJson(toJson(value), &containerId);
    if (parsed.isError()) {
      return Error(
          "container id " + toJson(value) + " is neither a string nor {\"value\": …, \"parent\": …}: " + parsed.error());
    }
  }

  const Option<Error> invalid = validate(containerId);
  if (invalid.isSome()) {
    return invalid.get();
  }
  return containerId;
}


google::protobuf::Value valueOf(const mesos::ContainerID& containerId)
{
  google::protobuf::Value value;
  if (containerId.has_parent()) {
    fromJson(toJson(containerId), &value);
  } else {
    value.set_string_value(containerId.value());
  }
  return value;
}


mesos::ContainerID rootOf(const mesos::ContainerID& containerId)
{
  return containerId.has_parent() ? rootOf(containerId.parent()) : containerId;
}

} // namespace calico::agent {
