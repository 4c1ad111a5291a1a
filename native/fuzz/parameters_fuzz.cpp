#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "isolator/parameters.hpp"

// The module's parameters, a line each, "key=value".
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
  mesos::Parameters parameters;
  std::istringstream lines(std::string(reinterpret_cast<const char*>(data), size));
  for (std::string line; std::getline(lines, line);) {
    const size_t equals = line.find('=');
    mesos::Parameter* parameter = parameters.add_parameter();
    parameter->set_key(line.substr(0, equals));
    parameter->set_value(equals == std::string::npos ? "" : line.substr(equals + 1));
  }
  const calico::Result<calico::jvm::Options> options = calico::jvmOptions(parameters);
  if (options.ok() ? options.value().heap.empty() : options.error().empty()) {
    std::abort();
  }
  return 0;
}
