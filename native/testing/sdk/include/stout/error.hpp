#pragma once

#include <cerrno>
#include <cstring>
#include <ostream>
#include <string>

/// Why something did not work, as a value.
class Error
{
public:
  explicit Error(const std::string& _message) : message(_message) {}

  bool operator==(const Error& that) const { return message == that.message; }

  std::string message;
};


/// An error of the operating system: what was done, and what errno says.
class ErrnoError : public Error
{
public:
  ErrnoError() : ErrnoError(errno) {}
  explicit ErrnoError(int _code) : Error(std::strerror(_code)), code(_code) {}
  explicit ErrnoError(const std::string& _message) : ErrnoError(errno, _message) {}
  ErrnoError(int _code, const std::string& _message) : Error(_message + ": " + std::strerror(_code)), code(_code) {}

  int code;
};


inline std::ostream& operator<<(std::ostream& stream, const Error& error)
{
  return stream << error.message;
}
