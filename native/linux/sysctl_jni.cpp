#include "io_calicomesos_linux_NativeLibrary.h"
#include "java_text.hpp"
#include "linux_exception.hpp"
#include "sysctl.hpp"

using namespace calicomesos::kernel;

JNIEXPORT jbyteArray JNICALL Java_io_calicomesos_linux_NativeLibrary_readSysctl(JNIEnv* env, jobject, jstring name) {
  return native<jbyteArray>(env, nullptr, [&]() -> jbyteArray {
    Result<std::string> value = sysctl::read(to_string(env, name));
    if (!value.ok()) {
      raise(env, value.error());
      return nullptr;
    }
    return to_bytes(env, value.value());
  });
}

JNIEXPORT jboolean JNICALL Java_io_calicomesos_linux_NativeLibrary_writeSysctl(JNIEnv* env, jobject, jstring name,
                                                                               jstring value) {
  return native<jboolean>(env, JNI_FALSE, [&]() -> jboolean {
    Result<bool> written = sysctl::write(to_string(env, name), to_string(env, value));
    if (!written.ok()) {
      raise(env, written.error());
      return JNI_FALSE;
    }
    return written.value() ? JNI_TRUE : JNI_FALSE;
  });
}

JNIEXPORT jboolean JNICALL Java_io_calicomesos_linux_NativeLibrary_writeSysctlIn(JNIEnv* env, jobject,
                                                                                 jstring network_namespace,
                                                                                 jstring name, jstring value) {
  return native<jboolean>(env, JNI_FALSE, [&]() -> jboolean {
    Result<bool> written =
        sysctl::write_in(to_string(env, network_namespace), to_string(env, name), to_string(env, value));
    if (!written.ok()) {
      raise(env, written.error());
      return JNI_FALSE;
    }
    return written.value() ? JNI_TRUE : JNI_FALSE;
  });
}
