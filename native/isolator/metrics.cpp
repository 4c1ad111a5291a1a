#include "isolator/metrics.hpp"

#include <process/metrics/metrics.hpp>

namespace calico {

namespace {

// Over which Mesos tells percentiles of a duration.
const Duration WINDOW = Hours(1);

const std::string PREFIX = "calico_mesos/";

} // namespace {


Metrics::Call::Call(const std::string& name)
  : calls(PREFIX + name + "_calls"), failures(PREFIX + name + "_failures"), duration(PREFIX + name, WINDOW)
{
  process::metrics::add(calls);
  process::metrics::add(failures);
  process::metrics::add(duration);
}


Metrics::Call::~Call()
{
  process::metrics::remove(calls);
  process::metrics::remove(failures);
  process::metrics::remove(duration);
}

} // namespace calico
