#include "io_calicomesos_linux_NativeLibrary.h"
#include "java_text.hpp"
#include "linux_exception.hpp"
#include "nftables.hpp"

using namespace calicomesos::kernel;

JNIEXPORT void JNICALL Java_io_calicomesos_linux_NativeLibrary_runNft(JNIEnv* env, jobject, jbyteArray commands) {
  native(env, 0, [&] {
    if (Failure failure = nftables::run(to_string(env, commands))) {
      raise(env, *failure);
    }
    return 0;
  });
}

JNIEXPORT jbyteArray JNICALL Java_io_calicomesos_linux_NativeLibrary_listNft(JNIEnv* env, jobject,
                                                                             jbyteArray commands) {
  return native<jbyteArray>(env, nullptr, [&]() -> jbyteArray {
    Result<std::string> json = nftables::list(to_string(env, commands));
    if (!json.ok()) {
      raise(env, json.error());
      return nullptr;
    }
    return to_bytes(env, json.value());
  });
}
