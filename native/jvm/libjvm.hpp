#pragma once

#include <string>

#include <jni.h>

#include "result.hpp"

namespace calico::jvm {

/// The entry points of libjvm, opened at run time, so that our library loads where there is no Java and can say so.
struct Libjvm
{
  std::string path;
  void* library; // As dlopen gave it; it stays open.
  jint (*createJavaVm)(JavaVM**, void**, void*);
  jint (*createdJavaVms)(JavaVM**, jsize, jsize*);
};

/// Opens libjvm.so of `javaHome` (a JDK or JRE directory); if empty, of the environment's JAVA_HOME; if that is unset, of the
/// distribution's default (the `java` alternative, then /usr/lib/jvm/default-java). A home that was named is never passed
/// over for another. Fails with every path that was tried.
Result<Libjvm> openLibjvm(const std::string& javaHome);

} // namespace calico::jvm
