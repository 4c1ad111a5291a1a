#pragma once

#include <jni.h>

#include <string>
#include <vector>

namespace calicomesos::kernel {

// Text that crosses between Java and C++: names and paths as strings, what may hold any character as UTF-8 bytes
// (JNI's own strings are not quite UTF-8). Throw std::bad_alloc, with nothing pending in Java, if there is no memory.
std::string to_string(JNIEnv* env, jstring text);
std::string to_string(JNIEnv* env, jbyteArray utf8);

// Null, with a Java exception pending, if there is no memory.
jbyteArray to_bytes(JNIEnv* env, const std::string& utf8);
// The same, of an array of names.
jobjectArray to_strings(JNIEnv* env, const std::vector<std::string>& names);

}  // namespace calicomesos::kernel
