#pragma once

#include <sstream>
#include <string>

/// What `<<` writes of a value.
template <typename T>
std::string stringify(const T& t)
{
  std::ostringstream stream;
  stream << t;
  return stream.str();
}


inline std::string stringify(bool b)
{
  return b ? "true" : "false";
}
