#pragma once

#include <utility>

#include <process/dispatch.hpp>
#include <process/id.hpp>
#include <process/process.hpp>

namespace process {

namespace internal {

struct AsyncProcess : Process<AsyncProcess>
{
  AsyncProcess() : ProcessBase(ID::generate("__async__")) {}
};

} // namespace internal {


/// Runs `f` on a worker, beside the actors, and returns a future of what it returns.
template <typename F>
auto async(F&& f)
{
  const UPID pid = spawn(new internal::AsyncProcess(), true);
  auto future = dispatch(pid, std::forward<F>(f));
  terminate(pid, false);
  return future;
}

} // namespace process {
