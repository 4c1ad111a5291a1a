#include "java_text.hpp"

#include <new>

namespace calicomesos::kernel {

std::string to_string(JNIEnv* env, jstring text) {
  const char* characters = env->GetStringUTFChars(text, nullptr);
  if (characters == nullptr) {
    env->ExceptionClear();  // OutOfMemoryError; it is told as our own
    throw std::bad_alloc();
  }
  std::string result(characters);
  env->ReleaseStringUTFChars(text, characters);
  return result;
}

std::string to_string(JNIEnv* env, jbyteArray utf8) {
  std::string result(static_cast<size_t>(env->GetArrayLength(utf8)), '\0');
  env->GetByteArrayRegion(utf8, 0, static_cast<jsize>(result.size()), reinterpret_cast<jbyte*>(result.data()));
  return result;
}

jbyteArray to_bytes(JNIEnv* env, const std::string& utf8) {
  const jbyteArray bytes = env->NewByteArray(static_cast<jsize>(utf8.size()));
  if (bytes != nullptr) {
    env->SetByteArrayRegion(bytes, 0, static_cast<jsize>(utf8.size()), reinterpret_cast<const jbyte*>(utf8.data()));
  }
  return bytes;
}

jobjectArray to_strings(JNIEnv* env, const std::vector<std::string>& names) {
  const jclass type = env->FindClass("java/lang/String");
  const jobjectArray result = type ? env->NewObjectArray(static_cast<jsize>(names.size()), type, nullptr) : nullptr;
  jsize i = 0;
  for (const std::string& name : names) {
    const jstring text = result ? env->NewStringUTF(name.c_str()) : nullptr;
    if (text == nullptr) {
      return nullptr;
    }
    env->SetObjectArrayElement(result, i++, text);
    env->DeleteLocalRef(text);
  }
  return result;
}

}  // namespace calicomesos::kernel
