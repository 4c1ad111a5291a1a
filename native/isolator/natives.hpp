#pragma once

#include <optional>
#include <string>

#include <jni.h>

namespace calico {

/// Binds the natives of io.calicomesos.module to this library: it was opened by the agent, not by System.load, so the virtual
/// machine does not look here by itself. Returns what went wrong, if anything did.
std::optional<std::string> registerNatives(JNIEnv* env);

/// The bytes of a Java array; empty for null.
std::string bytesOf(JNIEnv* env, jbyteArray array);

/// A Java array of these bytes; null with a pending exception when memory is short.
jbyteArray arrayOf(JNIEnv* env, const std::string& bytes);

} // namespace calico
