#include "isolator/parameters.hpp"

#include <sstream>

#include <dlfcn.h>

namespace calico {

namespace {

/// The directory that this very library was opened from.
std::string ownDirectory()
{
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&jvmOptions), &info) == 0 || info.dli_fname == nullptr) {
    return ".";
  }
  const std::string path = info.dli_fname;
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}


/// A size as after -Xmx: 64m.
bool isSize(const std::string& value)
{
  const size_t digits = value.find_first_not_of("0123456789");
  return digits != 0 && digits != std::string::npos && digits + 1 == value.size() && value[0] != '0' &&
    std::string("kKmMgG").find(value[digits]) != std::string::npos;
}

} // namespace {


Result<jvm::Options> jvmOptions(const mesos::Parameters& parameters)
{
  jvm::Options options;
  options.classPath = "/usr/share/calico-mesos/java";
  options.mainJar = "calico-mesos.jar";
  options.libraryPath = ownDirectory();

  for (const mesos::Parameter& parameter : parameters.parameter()) {
    const std::string& value = parameter.value();
    if (parameter.key() == "java_home") {
      options.javaHome = value;
    } else if (parameter.key() == "java_classpath") {
      options.classPath = value;
    } else if (parameter.key() == "java_library_path") {
      options.libraryPath = value;
    } else if (parameter.key() == "java_heap") {
      if (!isSize(value)) {
        return Failed{"parameter java_heap is '" + value + "': a number and k, m or g is expected, as in 64m"};
      }
      options.heap = value;
    } else if (parameter.key() == "java_options") {
      std::istringstream words(value);
      for (std::string word; words >> word;) {
        options.more.push_back(word);
      }
    }
  }
  return options;
}

} // namespace calico
