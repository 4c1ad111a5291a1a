#include "jvm/exception.hpp"

namespace calico::jvm {

namespace {

/// Most likely there was no memory for the text.
constexpr char UNDESCRIBED[] = "a Java exception that cannot be described (java.lang.OutOfMemoryError? see the parameter java_heap)";

constexpr int MAX_CAUSES = 16; // A cause may lead back to itself by way of others.


/// Calls a method without parameters that returns an object; null if it threw.
jobject call(JNIEnv* env, jobject object, const char* name, const char* signature)
{
  jclass type = env->GetObjectClass(object);
  jmethodID method = env->GetMethodID(type, name, signature);
  jobject result = method == nullptr ? nullptr : env->CallObjectMethod(object, method);
  env->DeleteLocalRef(type);
  if (env->ExceptionCheck()) {
    env->ExceptionClear();
    return nullptr;
  }
  return result;
}


std::string describe(JNIEnv* env, jobject throwable)
{
  auto text = static_cast<jstring>(call(env, throwable, "toString", "()Ljava/lang/String;"));
  if (text == nullptr) {
    return UNDESCRIBED;
  }
  const char* characters = env->GetStringUTFChars(text, nullptr);
  if (characters == nullptr) {
    env->ExceptionClear();
    return UNDESCRIBED;
  }
  std::string result(characters);
  env->ReleaseStringUTFChars(text, characters);
  env->DeleteLocalRef(text);
  return result;
}

} // namespace {


std::optional<std::string> takeException(JNIEnv* env)
{
  jobject throwable = env->ExceptionOccurred();
  if (throwable == nullptr) {
    return std::nullopt;
  }
  env->ExceptionClear();

  std::string result = describe(env, throwable);
  for (int i = 0; i < MAX_CAUSES; i++) {
    jobject cause = call(env, throwable, "getCause", "()Ljava/lang/Throwable;");
    env->DeleteLocalRef(throwable);
    throwable = cause;
    if (throwable == nullptr) {
      break;
    }
    result += "; caused by " + describe(env, throwable);
  }
  if (throwable != nullptr) {
    env->DeleteLocalRef(throwable);
  }
  return result;
}

} // namespace calico::jvm
