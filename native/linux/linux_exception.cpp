#include "linux_exception.hpp"

#include "java_text.hpp"

namespace calicomesos::kernel {

void raise(JNIEnv* env, const Error& error) {
  // Whatever is null below has left an exception pending, which then is what Java gets.
  const jclass type = env->FindClass("io/calicomesos/linux/LinuxException");
  const jmethodID constructor = type ? env->GetMethodID(type, "<init>", "(I[B)V") : nullptr;
  const jbyteArray message = constructor ? to_bytes(env, error.message) : nullptr;
  const jobject exception = message ? env->NewObject(type, constructor, error.number, message) : nullptr;
  if (exception != nullptr) {
    env->Throw(static_cast<jthrowable>(exception));
  }
}

}  // namespace calicomesos::kernel
