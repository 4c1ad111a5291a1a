#pragma once

#include <string>

#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include <stout/error.hpp>
#include <stout/nothing.hpp>
#include <stout/try.hpp>

namespace calico::agent {

/// Reads a message from JSON. The error is one line. Unknown keys, wrong types and missing required fields are refused by name.
inline Try<Nothing> fromJson(const std::string& json, google::protobuf::Message* message)
{
  const google::protobuf::util::Status status = google::protobuf::util::JsonStringToMessage(json, message);
  if (status.ok()) {
    return Nothing();
  }
  // protobuf says what, below that shows the place, and below that a mark under it.
  const std::string error = status.message().ToString();
  const size_t what = error.find('\n');
  if (what == std::string::npos) {
    return Error(error);
  }
  const size_t place = error.find('\n', what + 1);
  const std::string shown = error.substr(what + 1, place == std::string::npos ? place : place - what - 1);
  return Error(error.substr(0, error.find_last_not_of(".:", what - 1) + 1) + ", at: " + shown);
}


/// A message as one line of JSON, its fields under the names that the .proto gives them.
inline std::string toJson(const google::protobuf::Message& message)
{
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  google::protobuf::util::MessageToJsonString(message, &json, options);
  return json;
}

} // namespace calico::agent {
