#include "bind_mount.hpp"
#include "io_calicomesos_linux_NativeLibrary.h"
#include "java_text.hpp"
#include "linux_exception.hpp"

using namespace calicomesos::kernel;

JNIEXPORT void JNICALL Java_io_calicomesos_linux_NativeLibrary_makeBindMount(JNIEnv* env, jobject, jstring source,
                                                                             jstring target) {
  native(env, 0, [&] {
    if (const Failure failure = bind_mount::make(to_string(env, source), to_string(env, target))) {
      raise(env, *failure);
    }
    return 0;
  });
}

JNIEXPORT jboolean JNICALL Java_io_calicomesos_linux_NativeLibrary_removeBindMount(JNIEnv* env, jobject, jstring target) {
  return native<jboolean>(env, JNI_FALSE, [&]() -> jboolean {
    Result<bool> removed = bind_mount::remove(to_string(env, target));
    if (!removed.ok()) {
      raise(env, removed.error());
      return JNI_FALSE;
    }
    return removed.value() ? JNI_TRUE : JNI_FALSE;
  });
}
