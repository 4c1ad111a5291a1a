#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

// The namespace of everything here; "linux" itself is a macro for compilers in GNU mode.
namespace calicomesos::kernel {

// Why something could not be done. Errors are values: nothing here throws to its caller, save std::bad_alloc.
struct Error {
  int number;           // errno, never 0
  std::string message;  // "creating veth cali0123 with peer eth0 in /proc/12/ns/net: File exists (EEXIST)"
};

// What was being done, and the errno that ended it; detail is what else the kernel said, or empty.
Error error(const std::string& doing, int number, const std::string& detail = "");

// The outcome of something that returns nothing.
using Failure = std::optional<Error>;

// A value, or why there is none.
template <typename T>
class Result {
 public:
  Result(T value) : outcome_(std::move(value)) {}
  Result(Error error) : outcome_(std::move(error)) {}

  bool ok() const { return outcome_.index() == 0; }
  // Only if ok().
  T& value() { return *std::get_if<0>(&outcome_); }
  const T& value() const { return *std::get_if<0>(&outcome_); }
  // Only if not.
  const Error& error() const { return *std::get_if<1>(&outcome_); }

 private:
  std::variant<T, Error> outcome_;
};

}  // namespace calicomesos::kernel
