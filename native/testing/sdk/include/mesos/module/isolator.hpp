#pragma once

#include <mesos/mesos.hpp>
#include <mesos/module.hpp>

#include <mesos/slave/isolator.hpp>

namespace mesos {
namespace modules {

template <>
inline const char* kind<mesos::slave::Isolator>()
{
  return "Isolator";
}


template <>
struct Module<mesos::slave::Isolator> : ModuleBase
{
  Module(
      const char* _moduleApiVersion,
      const char* _mesosVersion,
      const char* _authorName,
      const char* _authorEmail,
      const char* _description,
      bool (*_compatible)(),
      mesos::slave::Isolator* (*_create)(const Parameters& parameters))
    : ModuleBase(
          _moduleApiVersion,
          _mesosVersion,
          mesos::modules::kind<mesos::slave::Isolator>(),
          _authorName,
          _authorEmail,
          _description,
          _compatible),
      create(_create) {}

  /// Returns null if the isolator cannot be created.
  mesos::slave::Isolator* (*create)(const Parameters& parameters);
};

} // namespace modules {
} // namespace mesos {
