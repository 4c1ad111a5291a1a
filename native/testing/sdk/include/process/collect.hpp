#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
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

  // Gets each future when it is complete: held before, a future would hold itself through its callback.
  struct Collected
  {
    std::mutex mutex;
    std::vector<Future<T>> complete;
    size_t pending;
    Promise<std::vector<Future<T>>> promise;
  };

  auto collected = std::make_shared<Collected>();
  collected->complete.resize(futures.size());
  collected->pending = futures.size();
  for (size_t i = 0; i < futures.size(); ++i) {
    futures[i].onAny([collected, i](const Future<T>& future) {
      std::unique_lock<std::mutex> lock(collected->mutex);
      collected->complete[i] = future;
      if (--collected->pending == 0) {
        lock.unlock();
        collected->promise.set(collected->complete);
      }
    });
  }
  return collected->promise.future();
}

} // namespace process {
