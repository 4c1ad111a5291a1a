#include "workers.hpp"

#include <utility>

#include "mailbox.hpp"

namespace process::internal {

namespace {

// As many as Mesos has at least: with fewer, a callback that blocks would stop actors here that go on in a real agent.
constexpr int COUNT = 8;

} // namespace {


Workers& Workers::instance()
{
  static Workers* workers = new Workers();
  return *workers;
}


void Workers::start()
{
  std::lock_guard<std::mutex> lock(mutex);
  if (threads.empty() && !stopping) {
    for (int i = 0; i < COUNT; ++i) {
      threads.emplace_back(&Workers::work, this);
    }
  }
}


void Workers::run(std::shared_ptr<Mailbox> mailbox)
{
  std::lock_guard<std::mutex> lock(mutex);
  ready.push_back(std::move(mailbox));
  changed.notify_one();
}


void Workers::stop()
{
  std::vector<std::thread> stopped;
  {
    std::lock_guard<std::mutex> lock(mutex);
    stopping = true;
    stopped.swap(threads);
    changed.notify_all();
  }
  for (std::thread& thread : stopped) {
    thread.join();
  }
}


void Workers::work()
{
  std::unique_lock<std::mutex> lock(mutex);
  for (;;) {
    changed.wait(lock, [this]() { return stopping || !ready.empty(); });
    if (stopping) {
      return;
    }
    std::shared_ptr<Mailbox> mailbox = std::move(ready.front());
    ready.pop_front();

    lock.unlock();
    mailbox->handleOne();
    mailbox.reset();
    lock.lock();
  }
}

} // namespace process::internal {
