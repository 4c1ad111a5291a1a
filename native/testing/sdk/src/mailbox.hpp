#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>

#include <process/process.hpp>

#include <stout/duration.hpp>
#include <stout/lambda.hpp>
#include <stout/option.hpp>

namespace process::internal {

/// An actor's messages and its state. Outlives the actor, so that what is sent to an actor that has gone is dropped.
class Mailbox : public std::enable_shared_from_this<Mailbox>
{
public:
  typedef lambda::CallableOnce<void(ProcessBase*)> Message;

  explicit Mailbox(ProcessBase* _owner) : owner(_owner) {}

  bool spawn(bool _manage);
  void send(Message&& message);
  void terminate(bool inject);
  bool wait(const Duration& duration);
  bool running();

  /// Runs the next message, on a worker.
  void handleOne();

private:
  enum class State
  {
    NEW,
    RUNNING,
    TERMINATED
  };

  /// No message stands for the end of the actor.
  typedef Option<Message> Mail;

  /// Must hold the lock.
  void put(Mail&& mail, bool first);
  void end();

  ProcessBase* const owner;
  std::mutex mutex;
  std::condition_variable terminated;
  std::deque<Mail> mails;
  State state = State::NEW;
  bool scheduled = false;
  bool manage = false;
};

} // namespace process::internal {
