#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace process::internal {

class Mailbox;

/// The threads that run the actors. Each takes a mailbox that has mail, lets it handle one message, and takes the next.
class Workers
{
public:
  /// The only ones in this operating-system process. Never deleted: actors may still send when main has returned.
  static Workers& instance();

  void start();
  void run(std::shared_ptr<Mailbox> mailbox);

  /// Ends the threads once their current messages are done.
  void stop();

private:
  void work();

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::shared_ptr<Mailbox>> ready;
  std::vector<std::thread> threads;
  bool stopping = false;
};

} // namespace process::internal {
