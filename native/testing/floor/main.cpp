// calico-mesos-floor THREADS: what any network of a container costs the kernel, for scripts/bench to compare with.
//
// Reads lines, `attach NUMBER PID INTERFACE ADDRESS` and `detach NUMBER INTERFACE`, which that many threads carry out, and
// writes one for each: `NUMBER NANOSECONDS`, or `NUMBER` and what did not work.

#include <chrono>
#include <condition_variable>
#include <deque>
#include <iostream>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "veth.hpp"

namespace {

std::mutex mutex;
std::condition_variable arrived;
std::deque<std::string> lines;
bool ended = false;


std::string carryOut(const std::string& line)
{
  std::istringstream words(line);
  std::string verb, number, pid, hostInterface, address;
  words >> verb >> number;
  const auto start = std::chrono::steady_clock::now();
  std::string failed;
  if (verb == "attach" && words >> pid >> hostInterface >> address) {
    failed = calico::floor::attach(pid, hostInterface, address);
  } else if (verb == "detach" && words >> hostInterface) {
    failed = calico::floor::detach(hostInterface);
  } else {
    failed = "neither attach nor detach: " + line;
  }
  const auto took = std::chrono::nanoseconds(std::chrono::steady_clock::now() - start).count();
  return number + " " + (failed.empty() ? std::to_string(took) : failed) + "\n";
}


void work()
{
  for (;;) {
    std::unique_lock<std::mutex> lock(mutex);
    arrived.wait(lock, []() { return ended || !lines.empty(); });
    if (lines.empty()) {
      return;
    }
    const std::string line = lines.front();
    lines.pop_front();
    lock.unlock();
    const std::string answer = carryOut(line);
    lock.lock();
    std::cout << answer << std::flush;
  }
}

} // namespace {


int main(int argc, char** argv)
{
  const int count = argc == 2 ? std::atoi(argv[1]) : 0;
  if (count < 1) {
    std::cerr << "usage: calico-mesos-floor THREADS" << std::endl;
    return 2;
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back(work);
  }
  for (std::string line; std::getline(std::cin, line);) {
    const std::lock_guard<std::mutex> lock(mutex);
    lines.push_back(line);
    arrived.notify_one();
  }
  {
    const std::lock_guard<std::mutex> lock(mutex);
    ended = true;
  }
  arrived.notify_all();
  for (std::thread& thread : threads) {
    thread.join();
  }
}
