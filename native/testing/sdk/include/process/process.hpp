#pragma once

#include <string>

#include <process/pid.hpp>

#include <stout/duration.hpp>

namespace process {

/// An actor: its messages run on libprocess's worker threads, in the order in which they were sent, never two at once.
class ProcessBase
{
public:
  explicit ProcessBase(const std::string& id = "");

  /// It must have been terminated and waited for, or never spawned.
  virtual ~ProcessBase();

  ProcessBase(const ProcessBase&) = delete;
  ProcessBase& operator=(const ProcessBase&) = delete;

  const UPID& self() const { return pid; }

protected:
  /// The first and the last thing that run in this actor.
  virtual void initialize() {}
  virtual void finalize() {}

private:
  friend class internal::Mailbox;

  UPID pid;
};


template <typename T>
class Process : public virtual ProcessBase
{
public:
  /// Valid before spawn, too.
  PID<T> self() const { return PID<T>(static_cast<const T*>(this)); }

protected:
  typedef T Self;
  typedef T This;
};


/// Starts an actor; with `manage`, it is deleted once it has terminated.
UPID spawn(ProcessBase* process, bool manage = false);

inline UPID spawn(ProcessBase& process, bool manage = false)
{
  return spawn(&process, manage);
}

template <typename T>
PID<T> spawn(T* t, bool manage = false)
{
  const PID<T> pid(t); // Before spawn: a managed actor may have gone when that returns.
  return spawn(static_cast<ProcessBase*>(t), manage) ? pid : PID<T>();
}

template <typename T>
PID<T> spawn(T& t, bool manage = false)
{
  return spawn(&t, manage);
}


/// Ends an actor: ahead of the messages that it has still to handle, which are dropped, or (`inject` false) behind them.
void terminate(const UPID& pid, bool inject = true);

inline void terminate(const ProcessBase& process, bool inject = true)
{
  terminate(process.self(), inject);
}

inline void terminate(const ProcessBase* process, bool inject = true)
{
  terminate(process->self(), inject);
}


/// Waits until an actor has terminated, or for `duration` (negative: for ever). Returns whether there was something to wait
/// for and it has ended.
bool wait(const UPID& pid, const Duration& duration = Seconds(-1));

inline bool wait(const ProcessBase& process, const Duration& duration = Seconds(-1))
{
  return process::wait(process.self(), duration);
}

inline bool wait(const ProcessBase* process, const Duration& duration = Seconds(-1))
{
  return process::wait(process->self(), duration);
}


/// Ends the worker threads once their current messages are done. What is sent later never runs.
void finalize(bool finalizeWsa = false);

} // namespace process {
