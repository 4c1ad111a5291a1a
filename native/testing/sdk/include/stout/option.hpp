#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include <stout/abort.hpp>
#include <stout/none.hpp>
#include <stout/some.hpp>

/// A value, or none.
template <typename T>
class Option
{
public:
  static Option<T> none() { return Option<T>(); }
  static Option<T> some(const T& t) { return Option<T>(t); }

  Option() = default;
  Option(const None&) {}
  Option(const T& t) : value(t) {}
  Option(T&& t) : value(std::move(t)) {}

  template <typename U, typename = std::enable_if_t<std::is_constructible_v<T, const U&>>>
  Option(const U& u) : value(std::in_place, u) {}

  template <typename U>
  Option(const _Some<U>& some) : value(std::in_place, some.t) {}

  template <typename U>
  Option(_Some<U>&& some) : value(std::in_place, std::move(some.t)) {}

  bool isSome() const { return value.has_value(); }
  bool isNone() const { return !value.has_value(); }

  const T& get() const& { check(); return *value; }
  T& get() & { check(); return *value; }
  T&& get() && { check(); return *std::move(value); }

  const T& operator*() const& { return get(); }
  T& operator*() & { return get(); }
  T&& operator*() && { return std::move(*this).get(); }

  const T* operator->() const { return &get(); }
  T* operator->() { return &get(); }

  template <typename U>
  T getOrElse(U&& u) const
  {
    return isSome() ? *value : static_cast<T>(std::forward<U>(u));
  }

  bool operator==(const Option<T>& that) const { return value == that.value; }
  bool operator!=(const Option<T>& that) const { return !(*this == that); }
  bool operator==(const T& that) const { return isSome() && *value == that; }
  bool operator!=(const T& that) const { return !(*this == that); }

private:
  void check() const
  {
    if (isNone()) {
      ABORT("Option::get() of none");
    }
  }

  std::optional<T> value;
};
