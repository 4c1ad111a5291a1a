#include "mailbox.hpp"

#include <chrono>
#include <utility>

#include "workers.hpp"

namespace process::internal {

bool Mailbox::spawn(bool _manage)
{
  Workers::instance().start();
  std::lock_guard<std::mutex> lock(mutex);
  if (state != State::NEW) {
    return false;
  }
  state = State::RUNNING;
  manage = _manage;
  put(Mail(Message([](ProcessBase* process) { process->initialize(); })), false);
  return true;
}


void Mailbox::send(Message&& message)
{
  std::lock_guard<std::mutex> lock(mutex);
  put(Mail(std::move(message)), false);
}


void Mailbox::terminate(bool inject)
{
  std::lock_guard<std::mutex> lock(mutex);
  put(None(), inject);
}


void Mailbox::put(Mail&& mail, bool first)
{
  if (state != State::RUNNING) {
    return;
  }
  if (first) {
    mails.push_front(std::move(mail));
  } else {
    mails.push_back(std::move(mail));
  }
  if (!scheduled) {
    scheduled = true;
    Workers::instance().run(shared_from_this());
  }
}


void Mailbox::handleOne()
{
  Mail mail = None();
  {
    std::lock_guard<std::mutex> lock(mutex);
    mail = std::move(mails.front());
    mails.pop_front();
  }

  if (mail.isNone()) {
    end();
    return;
  }
  std::move(mail).get()(owner);
  mail = None(); // What the message holds goes away here, in the actor's turn.

  std::lock_guard<std::mutex> lock(mutex);
  scheduled = !mails.empty();
  if (scheduled) {
    Workers::instance().run(shared_from_this());
  }
}


void Mailbox::end()
{
  owner->finalize();

  std::deque<Mail> dropped; // Gone after the lock: a dropped message may hold anything.
  bool unowned;
  {
    std::lock_guard<std::mutex> lock(mutex);
    state = State::TERMINATED;
    dropped.swap(mails);
    unowned = manage;
    terminated.notify_all();
  }
  // From here on, whoever waited may have deleted the actor.
  if (unowned) {
    delete owner;
  }
}


bool Mailbox::wait(const Duration& duration)
{
  std::unique_lock<std::mutex> lock(mutex);
  if (state != State::RUNNING) {
    return false;
  }
  auto done = [this]() { return state == State::TERMINATED; };
  if (duration < Seconds(0)) {
    terminated.wait(lock, done);
    return true;
  }
  return terminated.wait_for(lock, std::chrono::nanoseconds(duration.ns()), done);
}


bool Mailbox::running()
{
  std::lock_guard<std::mutex> lock(mutex);
  return state == State::RUNNING;
}

} // namespace process::internal {
