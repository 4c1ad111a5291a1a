#include "default_route.hpp"

#include "io_calicomesos_linux_NativeLibrary.h"
#include "linux_exception.hpp"

using namespace calicomesos::kernel;

JNIEXPORT jint JNICALL Java_io_calicomesos_linux_NativeLibrary_defaultRouteMtu(JNIEnv* env, jobject) {
  return native<jint>(env, 0, [&]() -> jint {
    Result<std::optional<uint32_t>> mtu = default_route_mtu();
    if (!mtu.ok()) {
      raise(env, mtu.error());
      return 0;
    }
    return static_cast<jint>(mtu.value().value_or(0));
  });
}
