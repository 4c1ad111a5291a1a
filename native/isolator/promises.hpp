#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include <process/dispatch.hpp>
#include <process/future.hpp>
#include <process/process.hpp>

#include <stout/option.hpp>

#include "result.hpp"

namespace calico {

/// What Java answers: a serialized message, or none.
using Answer = Option<std::string>;


/// The promises that Java has still to complete, each under its number. An actor of libprocess, so that what Mesos does when
/// one is completed runs on a libprocess worker and never on the small stack of a Java thread.
class Promises : public process::Process<Promises>
{
public:
  Promises();

  /// Keeps a promise until its number is completed; `complete` gets what Java answers, once.
  void keep(uint64_t number, const std::function<void(const Result<Answer>&)>& complete);

  void succeed(uint64_t number, const Answer& answer);
  void fail(uint64_t number, const std::string& message);

private:
  void complete(uint64_t number, const Result<Answer>& result);

  std::map<uint64_t, std::function<void(const Result<Answer>&)>> pending;
};


/// The actor that Java's completions go to; none before an isolator exists and after it has gone, when they go nowhere.
void completeIn(const Option<process::PID<Promises>>& promises);
Option<process::PID<Promises>> completing();

} // namespace calico
