#pragma once

#include <functional>
#include <string>
#include <vector>

#include <mesos/mesos.hpp>

#include <mesos/slave/isolator.hpp>

#include <process/future.hpp>
#include <process/process.hpp>

#include <stout/hashmap.hpp>
#include <stout/nothing.hpp>
#include <stout/try.hpp>

#include "checkpoints.hpp"
#include "containerizer.hpp"
#include "protocol.pb.h"

namespace calico::agent {

/// Carries out command lines: those for one container in the order sent, others side by side.
class Commander : public process::Process<Commander>
{
public:
  /// Takes the reply to a command, on any thread.
  typedef std::function<void(const Reply&)> Answer;

  Commander(
      mesos::slave::Isolator* isolator,
      const process::PID<Containerizer>& containerizer,
      const Checkpoints& checkpoints);

  /// Carries out one line.
  void command(const std::string& line, const Answer& answer);

  /// Quits once all that was sent before is done, or `now`.
  void quit(const Answer& answer, bool now);

  /// Ready when it is time to quit: with who wants to know that it is done.
  process::Future<Answer> quitting() const { return quitPromise.future(); }

private:
  struct Queued
  {
    int number;
    process::Future<Reply> reply;
  };

  process::Future<Reply> carryOut(const Command& command);
  process::Future<Reply> carryOut(const Command& command, const mesos::ContainerID& containerId);
  process::Future<Reply> recover(const Command& command);
  process::Future<Reply> queue(
      const mesos::ContainerID& containerId,
      const std::function<process::Future<Reply>()>& start);
  void finished();

  mesos::slave::Isolator* const isolator;
  const process::PID<Containerizer> containerizer;
  const Checkpoints checkpoints;

  // The last command sent for each container that has commands under way.
  hashmap<mesos::ContainerID, Queued> last;
  int lastNumber = 0;

  int underWay = 0;
  bool quitWhenDone = false;
  Answer quitAnswer;
  process::Promise<Answer> quitPromise;
};

} // namespace calico::agent {
