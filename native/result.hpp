#pragma once

#include <string>
#include <utility>
#include <variant>

namespace calico {

/// What went wrong, in one line for an operator.
struct Failed
{
  std::string message;
};

/// A value, or why there is none.
template <typename T>
class Result
{
public:
  Result(T value) : content(std::move(value)) {}
  Result(Failed failed) : content(std::move(failed)) {}

  bool ok() const { return content.index() == 0; }
  const T& value() const { return std::get<0>(content); }
  T& value() { return std::get<0>(content); }
  const std::string& error() const { return std::get<1>(content).message; }

private:
  std::variant<T, Failed> content;
};

} // namespace calico
