#pragma once

#include <optional>
#include <string>

#include <jni.h>

namespace calico::jvm {

/// Clears the pending Java exception of this thread and returns it as one line: class, message, and those of each cause.
/// None if there is none. Never leaves an exception pending, also when describing one throws (out of memory).
std::optional<std::string> takeException(JNIEnv* env);

} // namespace calico::jvm
