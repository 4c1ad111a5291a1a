#pragma once

#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include <process/future.hpp>
#include <process/process.hpp>

#include <stout/lambda.hpp>

namespace process {

namespace internal {

/// Sends an actor something to run. It is dropped if the actor was not spawned or has terminated.
void dispatch(const UPID& pid, lambda::CallableOnce<void(ProcessBase*)> f);


/// Sends `f`, which returns R: void, a value or a future.
template <typename R, typename F>
auto dispatchReturning(const UPID& pid, F&& f)
{
  if constexpr (std::is_void_v<R>) {
    dispatch(pid, std::forward<F>(f));
  } else {
    typedef typename unwrap<R>::type X;
    auto promise = std::make_unique<Promise<X>>();
    Future<X> future = promise->future();
    dispatch(pid, [f = std::forward<F>(f), promise = std::move(promise)](ProcessBase* process) mutable {
      promise->associate(std::move(f)(process));
    });
    return future;
  }
}

} // namespace internal {


/// Runs a method of an actor in that actor. Returns nothing for a method that returns void, else a future of its result.
template <typename R, typename T, typename... P, typename... A>
auto dispatch(const PID<T>& pid, R (T::*method)(P...), A&&... a)
{
  auto call = [method, arguments = std::tuple<std::decay_t<A>...>(std::forward<A>(a)...)](ProcessBase* process) mutable {
    T* t = dynamic_cast<T*>(process);
    return std::apply([t, method](auto&&... each) { return (t->*method)(std::move(each)...); }, std::move(arguments));
  };
  return internal::dispatchReturning<R>(pid, std::move(call));
}

template <typename R, typename T, typename... P, typename... A>
auto dispatch(const Process<T>& process, R (T::*method)(P...), A&&... a)
{
  return dispatch(process.self(), method, std::forward<A>(a)...);
}

template <typename R, typename T, typename... P, typename... A>
auto dispatch(const Process<T>* process, R (T::*method)(P...), A&&... a)
{
  return dispatch(process->self(), method, std::forward<A>(a)...);
}


/// Runs `f` in an actor.
template <typename F, typename R = std::invoke_result_t<std::decay_t<F>>>
auto dispatch(const UPID& pid, F&& f)
{
  return internal::dispatchReturning<R>(pid, [f = std::forward<F>(f)](ProcessBase*) mutable { return std::move(f)(); });
}

} // namespace process {
