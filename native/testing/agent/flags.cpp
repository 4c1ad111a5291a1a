#include "flags.hpp"

#include <map>

#include <stout/error.hpp>

namespace calico::agent {

Try<Flags> Flags::parse(int argc, const char* const* argv)
{
  Flags flags;
  std::string socket;
  const std::map<std::string, std::string*> known = {
    {"--modules", &flags.modules},
    {"--isolation", &flags.isolation},
    {"--work_dir", &flags.workDir},
    {"--socket", &socket},
  };

  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--help") {
      flags.help = true;
      return flags;
    }
    if (argument == "--version") {
      flags.version = true;
      return flags;
    }
    const size_t equals = argument.find('=');
    const auto flag = known.find(argument.substr(0, equals));
    if (flag == known.end()) {
      return Error(
          "unknown argument '" + argument + "': --modules=, --isolation=, --work_dir=, --socket=, --version and --help are known");
    }
    if (equals == std::string::npos || equals + 1 == argument.size()) {
      return Error("'" + argument + "' lacks its value: write " + flag->first + "=…");
    }
    *flag->second = argument.substr(equals + 1);
  }

  for (const char* required : {"--modules", "--isolation", "--work_dir"}) {
    if (known.at(required)->empty()) {
      return Error(std::string(required) + "= is missing; see --help");
    }
  }
  if (!socket.empty()) {
    flags.socket = socket;
  }
  return flags;
}

} // namespace calico::agent {
