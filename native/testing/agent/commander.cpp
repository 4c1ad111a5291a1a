#include "commander.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <utility>

#include <google/protobuf/struct.pb.h>

#include <process/defer.hpp>
#include <process/dispatch.hpp>
#include <process/id.hpp>

#include <process/metrics/metrics.hpp>

#include <stout/error.hpp>
#include <stout/hashset.hpp>
#include <stout/option.hpp>

#include "container_config.hpp"
#include "container_id.hpp"
#include "json.hpp"
#include "outcome.hpp"

namespace calico::agent {

using mesos::ContainerID;
using process::defer;
using process::dispatch;
using process::Future;

namespace {

/// The reply to a command that comes down to one call: ok with what `fill` puts in, or `step` and why it failed.
template <typename T, typename Fill>
Future<Reply> replyTo(const std::string& step, const Future<T>& future, Fill&& fill)
{
  return future
    .then([fill = std::forward<Fill>(fill)](const T& value) {
      Reply reply = succeeded();
      fill(value, &reply);
      return reply;
    })
    .recover([step](const Future<Reply>& failure) -> Future<Reply> { return failed(step, reasonOf(failure)); });
}


Future<Reply> replyTo(const std::string& step, const Future<Nothing>& future)
{
  return replyTo(step, future, [](const Nothing&, Reply*) {});
}


int64_t nanosecondsSince(std::chrono::steady_clock::time_point start)
{
  return std::chrono::nanoseconds(std::chrono::steady_clock::now() - start).count();
}


/// A reply of the isolator, with how long it took.
Future<Reply> timed(const std::function<Future<Reply>()>& call)
{
  const auto start = std::chrono::steady_clock::now();
  return call().then([start](Reply reply) {
    reply.set_took_ns(nanosecondsSince(start));
    return reply;
  });
}


/// What each launch costs a Mesos agent, besides all else: the more memory the agent has, the longer.
Reply forkOnce()
{
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child == 0) {
    _exit(0);
  }
  const int64_t took = nanosecondsSince(start);
  if (child < 0) {
    return failed("fork", std::strerror(errno));
  }
  waitpid(child, nullptr, 0);
  Reply reply = succeeded();
  reply.set_took_ns(took);
  return reply;
}


Try<Command> parse(const std::string& line, google::protobuf::Value* id)
{
  // The id comes first and by itself, so that the reply to a bad command has it, too.
  google::protobuf::Struct object;
  const Try<Nothing> isObject = fromJson(line, &object);
  if (isObject.isError()) {
    return Error("the line is not a JSON object: " + isObject.error());
  }
  const auto found = object.fields().find("id");
  if (found != object.fields().end()) {
    *id = found->second;
  }

  Command command;
  const Try<Nothing> parsed = fromJson(line, &command);
  if (parsed.isError()) {
    return Error(parsed.error());
  }
  return command;
}

} // namespace {


Commander::Commander(
    mesos::slave::Isolator* _isolator,
    const process::PID<Containerizer>& _containerizer,
    const Checkpoints& _checkpoints)
  : ProcessBase(process::ID::generate("commander")),
    isolator(_isolator),
    containerizer(_containerizer),
    checkpoints(_checkpoints) {}


void Commander::command(const std::string& line, const Answer& _answer)
{
  google::protobuf::Value id;
  const Try<Command> parsed = parse(line, &id);
  const Answer answer = [id, _answer](Reply reply) {
    if (id.kind_case() != google::protobuf::Value::KIND_NOT_SET) {
      *reply.mutable_id() = id;
    }
    _answer(reply);
  };

  if (parsed.isError()) {
    answer(failed("command", parsed.error()));
    return;
  }
  const Command& command = parsed.get();
  if (command.do_() == "quit") {
    quit(answer, command.now());
    return;
  }
  const Future<Reply> reply = carryOut(command);
  if (command.do_() == "watch") {
    reply.onReady(answer); // It may never come: nobody waits for it.
    return;
  }
  ++underWay;
  reply.onAny(defer(self(), [this, answer](const Future<Reply>& future) {
    answer(future.isReady() ? future.get() : failed("command", reasonOf(future)));
    --underWay;
    finished();
  }));
}


void Commander::quit(const Answer& answer, bool now)
{
  quitWhenDone = true;
  quitAnswer = answer;
  if (now) {
    quitPromise.set(answer);
  }
  finished();
}


void Commander::finished()
{
  if (quitWhenDone && underWay == 0) {
    quitPromise.set(quitAnswer);
  }
}


Future<Reply> Commander::carryOut(const Command& command)
{
  if (command.do_() == "list") {
    return dispatch(containerizer, &Containerizer::list);
  }
  if (command.do_() == "recover") {
    return recover(command);
  }
  if (command.do_() == "metrics") {
    Reply reply;
    for (const auto& [name, value] : process::metrics::snapshot()) {
      (*reply.mutable_metrics())[name] = value;
    }
    return reply;
  }
  if (command.do_() == "fork") {
    return forkOnce();
  }

  if (!command.has_container_id()) {
    return failed("command", "'container_id' is missing");
  }
  const Try<ContainerID> containerId = parseContainerId(command.container_id());
  if (containerId.isError()) {
    return failed("command", containerId.error());
  }
  if (command.do_() == "watch" || (command.do_() == "destroy" && command.now())) {
    return carryOut(command, containerId.get());
  }
  return queue(containerId.get(), [this, command, containerId]() { return carryOut(command, containerId.get()); });
}


Future<Reply> Commander::carryOut(const Command& command, const ContainerID& containerId)
{
  const std::string& verb = command.do_();
  if (verb == "launch") {
    if (command.command().empty()) {
      return failed("command", "'command' is missing: the words to execute are expected, as in [\"sleep\", \"60\"]");
    }
    const std::vector<std::string> argv(command.command().begin(), command.command().end());
    return dispatch(containerizer, &Containerizer::launch, containerId, configOf(command), argv);
  }
  if (verb == "destroy") {
    return replyTo("destroy", dispatch(containerizer, &Containerizer::destroy, containerId));
  }
  if (verb == "status") {
    return replyTo(verb, dispatch(containerizer, &Containerizer::status, containerId),
        [](const mesos::ContainerStatus& status, Reply* reply) { *reply->mutable_status() = status; });
  }
  if (verb == "usage") {
    return replyTo(verb, dispatch(containerizer, &Containerizer::usage, containerId),
        [](const mesos::ResourceStatistics& usage, Reply* reply) { *reply->mutable_usage() = usage; });
  }

  if (verb == "prepare") {
    mesos::slave::ContainerConfig config = configOf(command);
    config.set_directory(checkpoints.sandbox(containerId));
    return timed([&]() {
      return replyTo(verb, isolator->prepare(containerId, config),
          [](const Option<mesos::slave::ContainerLaunchInfo>& launchInfo, Reply* reply) {
            if (launchInfo.isSome()) {
              *reply->mutable_launch_info() = launchInfo.get();
            }
          });
    });
  }
  if (verb == "isolate") {
    if (!command.has_pid()) {
      return failed("command", "'pid' is missing");
    }
    return timed([&]() { return replyTo(verb, isolator->isolate(containerId, command.pid())); });
  }
  if (verb == "watch") {
    return replyTo(verb, isolator->watch(containerId),
        [](const mesos::slave::ContainerLimitation& limitation, Reply* reply) {
          *reply->mutable_limitation() = limitation;
        });
  }
  if (verb == "cleanup") {
    return timed([&]() { return replyTo(verb, isolator->cleanup(containerId)); });
  }
  return failed(
      "command",
      "'do' is '" + verb + "': launch, destroy, status, usage, list, metrics, prepare, isolate, watch, cleanup, recover, fork and quit are "
      "known");
}


Future<Reply> Commander::recover(const Command& command)
{
  const std::vector<mesos::slave::ContainerState> states(command.states().begin(), command.states().end());
  hashset<ContainerID> orphans;
  for (const google::protobuf::Value& value : command.orphans()) {
    const Try<ContainerID> orphan = parseContainerId(value);
    if (orphan.isError()) {
      return failed("command", "orphans: " + orphan.error());
    }
    orphans.insert(orphan.get());
  }
  return replyTo("recover", isolator->recover(states, orphans));
}


Future<Reply> Commander::queue(const ContainerID& containerId, const std::function<Future<Reply>()>& start)
{
  const Option<Queued> previous = last.get(containerId);
  Future<Reply> reply;
  if (previous.isNone()) {
    reply = start();
  } else {
    auto promise = std::make_shared<process::Promise<Reply>>();
    previous->reply.onAny(defer(self(), [promise, start]() { promise->associate(start()); }));
    reply = promise->future();
  }
  const int number = ++lastNumber;
  last.put(containerId, {number, reply});
  reply.onAny(defer(self(), [this, containerId, number]() {
    const Option<Queued> current = last.get(containerId);
    if (current.isSome() && current->number == number) {
      last.erase(containerId);
    }
  }));
  return reply;
}

} // namespace calico::agent {
