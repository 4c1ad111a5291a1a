#include "link_statistics.hpp"

#include <array>

#include "io_calicomesos_linux_NativeLibrary.h"
#include "java_text.hpp"
#include "linux_exception.hpp"

using namespace calicomesos::kernel;

JNIEXPORT jlongArray JNICALL Java_io_calicomesos_linux_NativeLibrary_linkStatistics(JNIEnv* env, jobject,
                                                                                    jstring name) {
  return native<jlongArray>(env, nullptr, [&]() -> jlongArray {
    const Result<LinkStatistics> read = link_statistics(to_string(env, name));
    if (!read.ok()) {
      raise(env, read.error());
      return nullptr;
    }
    const LinkStatistics& s = read.value();
    std::array<jlong, 8> values;
    size_t i = 0;
    for (const uint64_t value : {s.received_packets, s.received_bytes, s.receive_errors, s.received_dropped,
                                 s.sent_packets, s.sent_bytes, s.send_errors, s.sent_dropped}) {
      values[i++] = static_cast<jlong>(value);
    }
    const jlongArray result = env->NewLongArray(static_cast<jsize>(values.size()));
    if (result != nullptr) {
      env->SetLongArrayRegion(result, 0, static_cast<jsize>(values.size()), values.data());
    }
    return result;
  });
}
