#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include <process/metrics/metric.hpp>

namespace process {
namespace metrics {

/// Counts.
class Counter : public Metric
{
public:
  explicit Counter(const std::string& name) : Metric(name), count(std::make_shared<std::atomic<int64_t>>(0)) {}

  Counter& operator++()
  {
    ++*count;
    return *this;
  }

  bool read(double* value) const override
  {
    *value = static_cast<double>(count->load());
    return true;
  }

private:
  std::shared_ptr<std::atomic<int64_t>> count;
};

} // namespace metrics {
} // namespace process {
