#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include <process/future.hpp>

namespace process {

/// Ready, with the futures themselves, once all of them are complete in whatever way.
template <typename T>
Future<std::vector<Future<T>>> await(const std::vector<Future<T>>& futures)
{
  if (futures.empty()) {
    return futures;
  }
  auto promise = std::make_shared<Promise<std::vector<Future<T>>>>();
  auto pending = std::make_shared<std::atomic<size_t>>(futures.size());
  for (const Future<T>& future : futures) {
    future.onAny([promise, pending, futures](const Future<T>&) {
      if (--*pending == 0) {
        promise->set(futures);
      }
    });
  }
  return promise->future();
}

} // namespace process {
