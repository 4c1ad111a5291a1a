#include "io_calicomesos_linux_NativeLibrary.h"
#include "java_text.hpp"
#include "linux_exception.hpp"
#include "network_namespace.hpp"

using namespace calicomesos::kernel;

JNIEXPORT void JNICALL Java_io_calicomesos_linux_NativeLibrary_enterNetworkNamespace(JNIEnv* env, jobject, jstring path) {
  native(env, 0, [&] {
    if (const Failure failure = enter_network_namespace(to_string(env, path))) {
      raise(env, *failure);
    }
    return 0;
  });
}
