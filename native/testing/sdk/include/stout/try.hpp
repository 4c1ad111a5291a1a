#pragma once

#include <string>
#include <type_traits>
#include <utility>

#include <stout/abort.hpp>
#include <stout/error.hpp>
#include <stout/option.hpp>

/// A value, or why there is none.
template <typename T, typename E = Error>
class Try
{
public:
  static Try some(const T& t) { return Try(t); }
  static Try error(const E& e) { return Try(e); }

  Try(const T& t) : value(t) {}
  Try(T&& t) : value(std::move(t)) {}
  Try(const E& error) : failure(error) {}

  template <typename U, typename = std::enable_if_t<std::is_constructible_v<T, const U&>>>
  Try(const U& u) : value(Some(u)) {}

  template <typename U>
  Try(const _Some<U>& some) : value(some) {}

  template <typename U>
  Try(_Some<U>&& some) : value(std::move(some)) {}

  bool isSome() const { return value.isSome(); }
  bool isError() const { return value.isNone(); }

  const T& get() const& { check(); return value.get(); }
  T& get() & { check(); return value.get(); }
  T&& get() && { check(); return std::move(value).get(); }

  const T& operator*() const& { return get(); }
  T& operator*() & { return get(); }
  T&& operator*() && { return std::move(*this).get(); }

  const T* operator->() const { return &get(); }
  T* operator->() { return &get(); }

  /// The message of an Error; the error itself where it is of a type of its own.
  const std::conditional_t<std::is_same_v<E, Error>, std::string, E>& error() const
  {
    if constexpr (std::is_same_v<E, Error>) {
      return failure.get().message;
    } else {
      return failure.get();
    }
  }

private:
  void check() const
  {
    if (isError()) {
      ABORT("Try::get() of the error: " + failure.get().message);
    }
  }

  Option<T> value;
  Option<E> failure;
};
