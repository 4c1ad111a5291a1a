#include <process/process.hpp>

#include <memory>
#include <utility>

#include <glog/logging.h>

#include <process/dispatch.hpp>
#include <process/id.hpp>

#include "mailbox.hpp"
#include "workers.hpp"

namespace process {

UPID::UPID(const ProcessBase& process) : UPID(process.self()) {}


ProcessBase::ProcessBase(const std::string& id)
{
  pid.id = id.empty() ? ID::generate() : id;
  pid.mailbox = std::make_shared<internal::Mailbox>(this);
}


ProcessBase::~ProcessBase()
{
  if (pid.mailbox->running()) {
    LOG(FATAL) << "the actor " << pid << " is destroyed while it runs: terminate it and wait for it first";
  }
}


UPID spawn(ProcessBase* process, bool manage)
{
  const UPID pid = process->self();
  return pid.mailbox->spawn(manage) ? pid : UPID();
}


void terminate(const UPID& pid, bool inject)
{
  if (pid) {
    pid.mailbox->terminate(inject);
  }
}


bool wait(const UPID& pid, const Duration& duration)
{
  return pid && pid.mailbox->wait(duration);
}


void finalize(bool)
{
  internal::Workers::instance().stop();
}


namespace internal {

void dispatch(const UPID& pid, lambda::CallableOnce<void(ProcessBase*)> f)
{
  if (pid) {
    pid.mailbox->send(std::move(f));
  }
}

} // namespace internal {

} // namespace process {
