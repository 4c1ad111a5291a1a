#pragma once

#include <mesos/mesos.hpp>

#include "jvm/jvm.hpp"

#include "result.hpp"

namespace calico {

/// Reads what is needed to start Java from the module's parameters: java_home, java_classpath, java_library_path, java_heap,
/// java_options. The others, and unknown ones, are Java's to check.
Result<jvm::Options> jvmOptions(const mesos::Parameters& parameters);

} // namespace calico
