#include "io_calicomesos_linux_NativeLibrary.h"
#include "java_text.hpp"
#include "linux_exception.hpp"
#include "uts_namespace.hpp"

using namespace calicomesos::kernel;

JNIEXPORT void JNICALL Java_io_calicomesos_linux_NativeLibrary_setHostName(JNIEnv* env, jobject, jstring utsNamespace,
                                                                           jstring name) {
  native(env, 0, [&] {
    if (const Failure failure = uts_namespace::set_host_name(to_string(env, utsNamespace), to_string(env, name))) {
      raise(env, *failure);
    }
    return 0;
  });
}
