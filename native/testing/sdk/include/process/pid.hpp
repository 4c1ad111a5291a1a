#pragma once

#include <memory>
#include <ostream>
#include <string>

namespace process {

class ProcessBase;

namespace internal {

class Mailbox;

} // namespace internal {


/// Names an actor, also after it has gone.
struct UPID
{
  UPID() = default;
  UPID(const ProcessBase& process);

  operator bool() const { return mailbox != nullptr; }
  bool operator!() const { return mailbox == nullptr; }
  bool operator==(const UPID& that) const { return mailbox == that.mailbox; }
  bool operator!=(const UPID& that) const { return mailbox != that.mailbox; }
  bool operator<(const UPID& that) const { return mailbox < that.mailbox; }

  std::string id;
  std::shared_ptr<internal::Mailbox> mailbox;
};


inline std::ostream& operator<<(std::ostream& stream, const UPID& pid)
{
  return stream << pid.id;
}


/// Names an actor of class T.
template <typename T>
struct PID : UPID
{
  PID() = default;
  PID(const T* t) : UPID(static_cast<const ProcessBase&>(*t)) {}
  PID(const T& t) : UPID(static_cast<const ProcessBase&>(t)) {}
};

} // namespace process {
