#pragma once

#include <tuple>
#include <type_traits>
#include <utility>

#include <process/dispatch.hpp>

namespace process {

/// `f`, made to run in an actor, wherever it is called from; as what a future's `then` and `onAny` take.
template <typename F>
auto defer(const UPID& pid, F&& f)
{
  typedef std::decay_t<F> Function;
  return [pid, f = std::forward<F>(f)](auto&&... a) mutable
    -> decltype(dispatch(pid, std::declval<std::invoke_result_t<Function, decltype(a)...> (*)()>())) {
    return dispatch(pid, [f = std::move(f), arguments = std::tuple<std::decay_t<decltype(a)>...>(a...)]() mutable {
      return std::apply(std::move(f), std::move(arguments));
    });
  };
}

} // namespace process {
