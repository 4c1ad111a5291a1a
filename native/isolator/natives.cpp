#include "isolator/natives.hpp"

#include <glog/logging.h>

#include <process/dispatch.hpp>

#include "io_calicomesos_module_AgentLog.h"
#include "io_calicomesos_module_NativePromise.h"

#include "isolator/promises.hpp"

#include "jvm/exception.hpp"

namespace calico {

std::string bytesOf(JNIEnv* env, jbyteArray array)
{
  if (array == nullptr) {
    return "";
  }
  std::string bytes(static_cast<size_t>(env->GetArrayLength(array)), '\0');
  env->GetByteArrayRegion(array, 0, static_cast<jsize>(bytes.size()), reinterpret_cast<jbyte*>(&bytes[0]));
  return bytes;
}


jbyteArray arrayOf(JNIEnv* env, const std::string& bytes)
{
  jbyteArray array = env->NewByteArray(static_cast<jsize>(bytes.size()));
  if (array != nullptr) {
    env->SetByteArrayRegion(
        array, 0, static_cast<jsize>(bytes.size()), reinterpret_cast<const jbyte*>(bytes.data()));
  }
  return array;
}


namespace {

std::optional<std::string> bind(JNIEnv* env, const char* className, const JNINativeMethod* methods, jint count)
{
  jclass type = env->FindClass(className);
  if (type != nullptr) {
    env->RegisterNatives(type, methods, count);
    env->DeleteLocalRef(type);
  }
  return jvm::takeException(env);
}

JNINativeMethod method(const char* name, const char* signature, void* function)
{
  return {const_cast<char*>(name), const_cast<char*>(signature), function};
}

} // namespace {


std::optional<std::string> registerNatives(JNIEnv* env)
{
  const JNINativeMethod promise[] = {
    method("succeed", "(J[B)V", reinterpret_cast<void*>(&Java_io_calicomesos_module_NativePromise_succeed)),
    method("fail", "(J[B)V", reinterpret_cast<void*>(&Java_io_calicomesos_module_NativePromise_fail)),
  };
  const JNINativeMethod log[] = {
    method("write", "(I[B)V", reinterpret_cast<void*>(&Java_io_calicomesos_module_AgentLog_write)),
  };

  std::optional<std::string> failed = bind(env, "io/calicomesos/module/NativePromise", promise, 2);
  return failed ? failed : bind(env, "io/calicomesos/module/AgentLog", log, 1);
}

} // namespace calico


JNIEXPORT void JNICALL Java_io_calicomesos_module_NativePromise_succeed(
    JNIEnv* env, jclass, jlong number, jbyteArray result)
{
  calico::Answer answer = None();
  if (result != nullptr) {
    answer = calico::bytesOf(env, result);
  }
  const Option<process::PID<calico::Promises>> promises = calico::completing();
  if (promises.isSome()) {
    process::dispatch(promises.get(), &calico::Promises::succeed, static_cast<uint64_t>(number), answer);
  }
}


JNIEXPORT void JNICALL Java_io_calicomesos_module_NativePromise_fail(
    JNIEnv* env, jclass, jlong number, jbyteArray message)
{
  const Option<process::PID<calico::Promises>> promises = calico::completing();
  if (promises.isSome()) {
    process::dispatch(
        promises.get(), &calico::Promises::fail, static_cast<uint64_t>(number), calico::bytesOf(env, message));
  }
}


JNIEXPORT void JNICALL Java_io_calicomesos_module_AgentLog_write(JNIEnv* env, jclass, jint severity, jbyteArray line)
{
  const std::string text = calico::bytesOf(env, line);
  switch (severity) {
    case 0: LOG(INFO) << text; break;
    case 1: LOG(WARNING) << text; break;
    default: LOG(ERROR) << text; break;
  }
}
