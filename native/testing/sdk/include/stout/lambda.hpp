#pragma once

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace lambda {

using namespace std::placeholders;

template <typename F>
class CallableOnce;


/// Something that is called at most once, and so may own what cannot be copied, such as a Promise.
template <typename R, typename... Args>
class CallableOnce<R(Args...)>
{
public:
  template <
      typename F,
      typename = std::enable_if_t<
          !std::is_same_v<std::decay_t<F>, CallableOnce> && std::is_invocable_r_v<R, std::decay_t<F>, Args...>>>
  CallableOnce(F&& f) : callable(new Holder<std::decay_t<F>>(std::forward<F>(f))) {}

  CallableOnce(CallableOnce&&) = default;
  CallableOnce& operator=(CallableOnce&&) = default;

  R operator()(Args... args) &&
  {
    return callable->call(std::forward<Args>(args)...);
  }

private:
  struct Callable
  {
    virtual ~Callable() = default;
    virtual R call(Args... args) = 0;
  };

  template <typename F>
  struct Holder : Callable
  {
    template <typename G>
    explicit Holder(G&& g) : f(std::forward<G>(g)) {}

    R call(Args... args) override
    {
      if constexpr (std::is_void_v<R>) {
        std::invoke(std::move(f), std::forward<Args>(args)...);
      } else {
        return std::invoke(std::move(f), std::forward<Args>(args)...);
      }
    }

    F f;
  };

  std::unique_ptr<Callable> callable;
};

} // namespace lambda {
