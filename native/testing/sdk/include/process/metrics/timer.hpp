#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include <process/future.hpp>

#include <process/metrics/metric.hpp>

#include <stout/duration.hpp>

namespace process {
namespace metrics {

/// The last duration of something, in the unit T.
template <typename T>
class Timer : public Metric
{
public:
  /// The unit is appended to the name. Mesos keeps what it needs for percentiles over the window.
  Timer(const std::string& name, const Duration& /* window */)
    : Metric(name + "_" + T::units()), last(std::make_shared<std::atomic<double>>(-1)) {}

  /// Until a future is completed, whatever with.
  template <typename U>
  Future<U> time(const Future<U>& future)
  {
    const std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
    const std::shared_ptr<std::atomic<double>> result = last;
    future.onAny([start, result](const Future<U>&) {
      const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - start;
      *result = static_cast<double>(took.count()) / static_cast<double>(T(1).ns());
    });
    return future;
  }

  bool read(double* value) const override
  {
    *value = last->load();
    return *value >= 0;
  }

private:
  std::shared_ptr<std::atomic<double>> last;
};

} // namespace metrics {
} // namespace process {
