#include <process/metrics/metrics.hpp>

#include <mutex>
#include <utility>

namespace process {
namespace metrics {

namespace {

std::mutex* mutex()
{
  static std::mutex* mutex = new std::mutex();
  return mutex;
}


std::map<std::string, std::unique_ptr<Metric>>* known()
{
  static auto* known = new std::map<std::string, std::unique_ptr<Metric>>();
  return known;
}

} // namespace {


std::map<std::string, double> snapshot()
{
  std::lock_guard<std::mutex> lock(*mutex());
  std::map<std::string, double> values;
  for (const auto& [name, metric] : *known()) {
    double value = 0;
    if (metric->read(&value)) {
      values[name] = value;
    }
  }
  return values;
}


Future<Nothing> keep(std::unique_ptr<Metric> metric)
{
  std::lock_guard<std::mutex> lock(*mutex());
  const std::string name = metric->name();
  if (!known()->emplace(name, std::move(metric)).second) {
    return Failure("Metric '" + name + "' was already added");
  }
  return Nothing();
}


Future<Nothing> remove(const Metric& metric)
{
  std::lock_guard<std::mutex> lock(*mutex());
  if (known()->erase(metric.name()) == 0) {
    return Failure("Metric '" + metric.name() + "' not found");
  }
  return Nothing();
}

} // namespace metrics {
} // namespace process {
