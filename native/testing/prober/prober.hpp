#ifndef CALICO_MESOS_TESTING_PROBER_HPP
#define CALICO_MESOS_TESTING_PROBER_HPP

#include <cstdint>
#include <string>
#include <vector>

namespace calico::prober {

// Says `name` to whoever connects to the port by TCP, or sends something to it by UDP, in both address families if there are
// two. Returns only if it cannot: the exit status.
int serve(const std::string& name, uint16_t port);

struct Target
{
  std::string name; // What its server says.
  std::string address;
};

// Tries each target by TCP, UDP and ICMP, all at once, and writes a line for each that answers, "tcp ADDRESS" and so on. Ends
// when all have answered or the time is over. Returns the exit status: 0, however many answered.
int probe(const std::vector<Target>& targets, uint16_t port, int timeoutMs);

} // namespace calico::prober

#endif // CALICO_MESOS_TESTING_PROBER_HPP
