#include "isolator/promises.hpp"

#include <mutex>

#include <glog/logging.h>

#include <process/id.hpp>

namespace calico {

namespace {

std::mutex mutex;
Option<process::PID<Promises>> current = None();

} // namespace {


void completeIn(const Option<process::PID<Promises>>& promises)
{
  std::lock_guard<std::mutex> lock(mutex);
  current = promises;
}


Option<process::PID<Promises>> completing()
{
  std::lock_guard<std::mutex> lock(mutex);
  return current;
}


Promises::Promises() : ProcessBase(process::ID::generate("calico-mesos-promises")) {}


void Promises::keep(uint64_t number, const std::function<void(const Result<Answer>&)>& complete)
{
  pending[number] = complete;
}


void Promises::succeed(uint64_t number, const Answer& answer)
{
  complete(number, answer);
}


void Promises::fail(uint64_t number, const std::string& message)
{
  complete(number, Failed{message});
}


void Promises::complete(uint64_t number, const Result<Answer>& result)
{
  auto found = pending.find(number);
  if (found == pending.end()) {
    LOG(WARNING) << "calico-mesos: the Java side completed call " << number << " twice";
    return;
  }
  std::function<void(const Result<Answer>&)> completion = std::move(found->second);
  pending.erase(found);
  completion(result);
}

} // namespace calico
