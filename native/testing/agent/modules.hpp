#pragma once

#include <string>

#include <mesos/module/module.hpp>

#include <mesos/slave/isolator.hpp>

#include <stout/try.hpp>

namespace calico::agent {

/// Reads what --modules names: "file://" and a path, or the JSON itself.
Try<mesos::Modules> readModules(const std::string& flag);

/// Opens every library and checks every module named in `modules`, as Mesos does, and creates the one called `name`. The
/// libraries stay open until the process ends: no code of a module may vanish under its threads.
Try<mesos::slave::Isolator*> createIsolator(const mesos::Modules& modules, const std::string& name);

} // namespace calico::agent {
