#include "link_monitor.hpp"

#include <memory>

#include "io_calicomesos_linux_NativeLibrary.h"
#include "java_text.hpp"
#include "linux_exception.hpp"

using namespace calicomesos::kernel;

namespace {

// Java has it as a number, from open to close.
LinkMonitor* monitor_of(jlong handle) {
  return reinterpret_cast<LinkMonitor*>(static_cast<intptr_t>(handle));
}

}  // namespace

JNIEXPORT jlong JNICALL Java_io_calicomesos_linux_NativeLibrary_openLinkMonitor(JNIEnv* env, jobject) {
  return native<jlong>(env, 0, [&]() -> jlong {
    Result<LinkMonitor> opened = LinkMonitor::open();
    if (!opened.ok()) {
      raise(env, opened.error());
      return 0;
    }
    return static_cast<jlong>(
        reinterpret_cast<intptr_t>(std::make_unique<LinkMonitor>(std::move(opened.value())).release()));
  });
}

JNIEXPORT jobjectArray JNICALL Java_io_calicomesos_linux_NativeLibrary_nextRemovedLinks(JNIEnv* env, jobject,
                                                                                        jlong handle) {
  return native<jobjectArray>(env, nullptr, [&]() -> jobjectArray {
    const Result<std::optional<std::vector<std::string>>> next = monitor_of(handle)->next();
    if (!next.ok()) {
      raise(env, next.error());
      return nullptr;
    }
    return next.value() ? to_strings(env, *next.value()) : nullptr;
  });
}

JNIEXPORT void JNICALL Java_io_calicomesos_linux_NativeLibrary_stopLinkMonitor(JNIEnv*, jobject, jlong handle) {
  monitor_of(handle)->stop();
}

JNIEXPORT void JNICALL Java_io_calicomesos_linux_NativeLibrary_closeLinkMonitor(JNIEnv*, jobject, jlong handle) {
  delete monitor_of(handle);
}
