#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "prober.hpp"

namespace {

const char* const USAGE =
  "calico-mesos-prober serve NAME PORT: says NAME to whoever connects by TCP, or sends something by UDP\n"
  "calico-mesos-prober probe PORT TIMEOUT_MS [NAME@ADDRESS...]: tries each by TCP, UDP and ICMP, all at once, and writes a\n"
  "  line for each that answers, \"tcp ADDRESS\" and so on; a server that says another name does not count\n";

} // namespace


int main(int argc, char** argv)
{
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 3 && arguments[0] == "serve") {
    return calico::prober::serve(arguments[1], static_cast<uint16_t>(std::atoi(argv[3])));
  }
  if (arguments.size() >= 3 && arguments[0] == "probe") {
    std::vector<calico::prober::Target> targets;
    for (size_t i = 3; i < arguments.size(); i++) {
      const size_t at = arguments[i].find('@');
      if (at == std::string::npos) {
        std::cerr << "calico-mesos-prober: '" << arguments[i] << "': NAME@ADDRESS is expected\n";
        return 2;
      }
      targets.push_back({arguments[i].substr(0, at), arguments[i].substr(at + 1)});
    }
    return calico::prober::probe(targets, static_cast<uint16_t>(std::atoi(argv[2])), std::atoi(argv[3]));
  }
  std::cerr << USAGE;
  return 2;
}
