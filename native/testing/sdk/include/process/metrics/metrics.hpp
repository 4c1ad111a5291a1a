#pragma once

#include <map>
#include <memory>
#include <string>

#include <process/future.hpp>

#include <process/metrics/metric.hpp>

#include <stout/nothing.hpp>

namespace process {
namespace metrics {

/// Of the SDK, not of libprocess: every metric that was added and has a value.
std::map<std::string, double> snapshot();

/// Of the SDK: what `add` and `remove` do.
Future<Nothing> keep(std::unique_ptr<Metric> metric);

/// Makes a metric known; fails if there is one of its name.
template <typename T>
Future<Nothing> add(const T& metric)
{
  return keep(std::make_unique<T>(metric));
}

/// Makes it unknown.
Future<Nothing> remove(const Metric& metric);

} // namespace metrics {
} // namespace process {
