#include "egress_device.hpp"

#include "io_calicomesos_linux_NativeLibrary.h"
#include "java_text.hpp"
#include "linux_exception.hpp"

using namespace calicomesos::kernel;

JNIEXPORT jboolean JNICALL Java_io_calicomesos_linux_NativeLibrary_removeEgressDevice(JNIEnv* env, jobject,
                                                                                      jstring name) {
  return native<jboolean>(env, JNI_FALSE, [&]() -> jboolean {
    Result<bool> removed = remove_egress_device(to_string(env, name));
    if (!removed.ok()) {
      raise(env, removed.error());
      return JNI_FALSE;
    }
    return removed.value() ? JNI_TRUE : JNI_FALSE;
  });
}
