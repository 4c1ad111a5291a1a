#pragma once

#include <type_traits>
#include <utility>

template <typename T>
struct _Some
{
  T t;
};


/// Says "this value" where an Option of another type, or a Try, is expected.
template <typename T>
_Some<std::decay_t<T>> Some(T&& t)
{
  return {std::forward<T>(t)};
}
