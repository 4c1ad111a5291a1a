#pragma once

#include <cstdint>
#include <ostream>

/// A length of time.
class Duration
{
public:
  constexpr Duration() = default;

  constexpr int64_t ns() const { return nanos; }
  constexpr double us() const { return static_cast<double>(nanos) / 1e3; }
  constexpr double ms() const { return static_cast<double>(nanos) / 1e6; }
  constexpr double secs() const { return static_cast<double>(nanos) / 1e9; }

  constexpr bool operator<(const Duration& that) const { return nanos < that.nanos; }
  constexpr bool operator<=(const Duration& that) const { return nanos <= that.nanos; }
  constexpr bool operator>(const Duration& that) const { return nanos > that.nanos; }
  constexpr bool operator>=(const Duration& that) const { return nanos >= that.nanos; }
  constexpr bool operator==(const Duration& that) const { return nanos == that.nanos; }
  constexpr bool operator!=(const Duration& that) const { return nanos != that.nanos; }

  constexpr Duration operator+(const Duration& that) const { return Duration(nanos + that.nanos, 1); }
  constexpr Duration operator-(const Duration& that) const { return Duration(nanos - that.nanos, 1); }

protected:
  constexpr Duration(int64_t value, int64_t unitNs) : nanos(value * unitNs) {}

private:
  int64_t nanos = 0;
};


class Nanoseconds : public Duration
{
public:
  explicit constexpr Nanoseconds(int64_t value) : Duration(value, 1) {}
};


class Microseconds : public Duration
{
public:
  explicit constexpr Microseconds(int64_t value) : Duration(value, 1'000) {}
};


class Milliseconds : public Duration
{
public:
  explicit constexpr Milliseconds(int64_t value) : Duration(value, 1'000'000) {}

  static const char* units() { return "ms"; }
};


class Seconds : public Duration
{
public:
  explicit constexpr Seconds(int64_t value) : Duration(value, 1'000'000'000) {}
};


class Minutes : public Duration
{
public:
  explicit constexpr Minutes(int32_t value) : Duration(value, 60'000'000'000) {}
};


class Hours : public Duration
{
public:
  explicit constexpr Hours(int32_t value) : Duration(value, 3'600'000'000'000) {}
};


inline std::ostream& operator<<(std::ostream& stream, const Duration& duration)
{
  return stream << duration.secs() << "secs";
}
