#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include <glog/logging.h>

#include <mesos/version.hpp>

#include <mesos/slave/isolator.hpp>

#include <process/dispatch.hpp>
#include <process/future.hpp>
#include <process/process.hpp>

#include <stout/error.hpp>
#include <stout/option.hpp>
#include <stout/try.hpp>

#include "checkpoints.hpp"
#include "commander.hpp"
#include "containerizer.hpp"
#include "file_descriptor.hpp"
#include "flags.hpp"
#include "json.hpp"
#include "modules.hpp"
#include "outcome.hpp"
#include "server.hpp"

namespace calico::agent {

namespace {

/// Standard output carries the protocol alone: what a module or its virtual machine prints goes to standard error.
FileDescriptor takeStandardOutput()
{
  FileDescriptor out(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  dup2(STDERR_FILENO, STDOUT_FILENO);
  return out;
}


template <typename T>
void stop(T* actor)
{
  process::terminate(actor);
  process::wait(actor);
}


/// Serves until the end; returns who wants to know that the isolator has gone.
Try<Commander::Answer> serve(const Flags& flags, mesos::slave::Isolator* isolator, Server* server)
{
  const Checkpoints checkpoints(flags.workDir);
  Containerizer containerizer(
      isolator, checkpoints, [server](const Event& event) { server->broadcast(toJson(event)); });
  process::spawn(containerizer);

  const process::Future<Event> ready = process::dispatch(containerizer, &Containerizer::recover);
  ready.await();
  if (!ready.isReady()) {
    stop(&containerizer);
    return Error("recovery failed: " + reasonOf(ready));
  }
  server->greet(toJson(ready.get()));

  Commander commander(isolator, containerizer.self(), checkpoints);
  process::spawn(commander);
  commander.quitting().onReady([server](const Commander::Answer&) { server->stop(); });
  server->run([&commander](const std::string& line, const std::shared_ptr<Output>& output) {
    const Commander::Answer answer = [output](const Reply& reply) { output->writeLine(toJson(reply)); };
    process::dispatch(commander, &Commander::command, line, answer);
  });
  // Either it was told to quit, or standard input has ended.
  const Commander::Answer nobody = [](const Reply&) {};
  process::dispatch(commander, &Commander::quit, nobody, false);
  const Commander::Answer answer = commander.quitting().get();

  stop(&commander);
  stop(&containerizer);
  return answer;
}


Option<Error> run(const Flags& flags, FileDescriptor&& out)
{
  Server server;
  if (flags.socket.isSome()) {
    const Try<Nothing> listening = server.listen(flags.socket.get());
    if (listening.isError()) {
      return Error(listening.error());
    }
  } else {
    server.serve(FileDescriptor(STDIN_FILENO), std::move(out));
  }

  const Try<mesos::Modules> modules = readModules(flags.modules);
  if (modules.isError()) {
    return Error(modules.error());
  }
  const Try<mesos::slave::Isolator*> created = createIsolator(modules.get(), flags.isolation);
  if (created.isError()) {
    return Error(created.error());
  }
  std::unique_ptr<mesos::slave::Isolator> isolator(created.get());

  const Try<Commander::Answer> answer = serve(flags, isolator.get(), &server);
  isolator.reset();
  if (answer.isError()) {
    return Error(answer.error());
  }
  answer.get()(succeeded());
  return None();
}

} // namespace {

} // namespace calico::agent {


int main(int argc, char** argv)
{
  using namespace calico::agent;

  FLAGS_logtostderr = true;
  google::InitGoogleLogging(argv[0]);
  signal(SIGPIPE, SIG_IGN); // A client that went away is none of the containers' business.

  const Try<Flags> flags = Flags::parse(argc, argv);
  if (flags.isSome() && flags->help) {
    std::cout << HELP;
    return 0;
  }
  if (flags.isSome() && flags->version) {
    std::cout << "mesos " << MESOS_VERSION << std::endl;
    return 0;
  }
  const Option<Error> error = flags.isError() ? Option<Error>(Error(flags.error())) : run(flags.get(), takeStandardOutput());
  process::finalize();
  if (error.isSome()) {
    std::cerr << "calico-mesos-test-agent: " << error->message << std::endl;
    return 1;
  }
  return 0;
}
