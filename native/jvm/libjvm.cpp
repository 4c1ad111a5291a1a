#include "jvm/libjvm.hpp"

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#include <dlfcn.h>

namespace fs = std::filesystem;

namespace calico::jvm {

namespace {

struct Home
{
  std::string path;
  std::string namedBy;
};


/// The home that an operator named, or those where a distribution puts its default.
std::vector<Home> candidates(const std::string& javaHome)
{
  if (!javaHome.empty()) {
    return {{javaHome, "parameter java_home"}};
  }

  const char* variable = std::getenv("JAVA_HOME");
  if (variable != nullptr && *variable != '\0') {
    return {{variable, "environment variable JAVA_HOME"}};
  }

  std::vector<Home> homes;
  std::error_code error;
  const fs::path java = fs::canonical("/usr/bin/java", error); // <home>/bin/java, or <home>/jre/bin/java of a JDK 8
  if (!error) {
    homes.push_back({java.parent_path().parent_path().string(), "the default java, /usr/bin/java"});
  }
  homes.push_back({"/usr/lib/jvm/default-java", "the distribution's default"});
  homes.push_back({"/usr/lib/jvm/default-runtime", "the distribution's default"});
  homes.push_back({"/usr/lib/jvm/jre", "the distribution's default"}); // rpm distributions
  return homes;
}

} // namespace {


Result<Libjvm> openLibjvm(const std::string& javaHome)
{
  std::string tried;
  for (const Home& home : candidates(javaHome)) {
    const std::string path = home.path + "/lib/server/libjvm.so";
    tried += (tried.empty() ? "" : ", ") + path + " (" + home.namedBy + ")";

    std::error_code error;
    if (!fs::exists(path, error)) {
      continue;
    }

    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      return Failed{"cannot open " + path + " (" + home.namedBy + "): " + dlerror()};
    }

    Libjvm libjvm{path, library, nullptr, nullptr};
    libjvm.createJavaVm = reinterpret_cast<decltype(libjvm.createJavaVm)>(dlsym(library, "JNI_CreateJavaVM"));
    libjvm.createdJavaVms =
      reinterpret_cast<decltype(libjvm.createdJavaVms)>(dlsym(library, "JNI_GetCreatedJavaVMs"));
    if (libjvm.createJavaVm == nullptr || libjvm.createdJavaVms == nullptr) {
      return Failed{path + " is no Java virtual machine: it lacks JNI_CreateJavaVM"};
    }
    return libjvm;
  }

  return Failed{
    "no Java virtual machine found; looked for: " + tried +
    ". Install a Java runtime, 17 or newer (Debian: openjdk-17-jre-headless), or set the parameter java_home"};
}

} // namespace calico::jvm
