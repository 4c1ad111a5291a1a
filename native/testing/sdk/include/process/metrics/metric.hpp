#pragma once

#include <string>
#include <utility>

namespace process {
namespace metrics {

/// Something with a name that the agent's /metrics/snapshot has. Copies share their value.
class Metric
{
public:
  virtual ~Metric() = default;

  const std::string& name() const { return key; }

  /// As it is now; false if it has no value yet.
  virtual bool read(double* value) const = 0;

protected:
  explicit Metric(std::string _name) : key(std::move(_name)) {}

private:
  std::string key;
};

} // namespace metrics {
} // namespace process {
