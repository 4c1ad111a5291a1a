#pragma once

#include <jni.h>

#include <cerrno>
#include <new>
#include <system_error>

#include "error.hpp"

namespace calicomesos::kernel {

// Throws io.calicomesos.linux.LinuxException in Java, once the native returns.
void raise(JNIEnv* env, const Error& error);

// Does the work of a native: no C++ exception may cross into Java, it would end the agent. Without memory, or a thread, what
// it returns is otherwise, and a LinuxException (ENOMEM, EAGAIN) is pending.
template <typename T, typename Work>
T native(JNIEnv* env, T otherwise, Work work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    raise(env, {ENOMEM, "out of memory"});
    return otherwise;
  } catch (const std::system_error& thrown) {
    raise(env, error("starting a thread", thrown.code().value()));
    return otherwise;
  }
}

}  // namespace calicomesos::kernel
