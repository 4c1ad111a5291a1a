#pragma once

#include <sys/types.h>

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "file_descriptor.hpp"
#include "protocol.pb.h"

namespace calico::agent {

/// How a process that was run to its end ended.
struct Finished
{
  int status;
  std::string errors;
};


/// A running test agent, spoken to over its standard input and output.
class AgentUnderTest
{
public:
  AgentUnderTest(const std::string& directory, const std::vector<std::string>& flags);

  /// Kills it, if it still runs.
  ~AgentUnderTest();

  void send(const std::string& line);

  /// Sends a command, given without braces and id, and returns its reply.
  Reply command(const std::string& fields);

  /// Sends a command and returns its id, by which reply() gets what comes back.
  int begin(const std::string& fields);
  Reply reply(int id);

  /// The next event of that name.
  Event event(const std::string& name);

  void kill9();

  /// Ends its standard input.
  void endInput();

  /// Waits for its end.
  Finished finish();

  pid_t pid() const { return process; }

private:
  /// Reads lines until `wanted` likes one.
  void readUntil(const std::function<bool()>& wanted);

  const std::string errorFile;
  pid_t process;
  FileDescriptor input;
  FileDescriptor output;
  std::string unfinished;
  int lastId = 0;
  std::map<int, Reply> replies;
  std::deque<Event> events;
};


/// A directory of its own, a modules.json with the test module, and agents in it.
class AgentTest : public ::testing::Test
{
protected:
  void SetUp() override;

  /// Also kills what a failed test has left running.
  void TearDown() override;

  /// A modules.json with one library and one module, and the file's flag.
  std::string modulesFlag(const std::string& module, const std::map<std::string, std::string>& parameters = {});
  std::string writeModules(const std::string& json);

  std::vector<std::string> flags(const std::string& module = "org_example_Dummy");
  std::string path(const std::string& name) const { return directory + "/" + name; }
  std::string contentOf(const std::string& name) const;

  /// The calls that the dummy isolator has seen, one line each.
  std::string calls() const { return contentOf("calls"); }

  /// The "container_info" that makes the dummy isolator do something.
  static std::string wish(const std::string& label, const std::string& value = "1");

  std::string directory;
};


/// Whether a process with this pid lives; waits for its end for a while.
bool endsSoon(pid_t pid);

} // namespace calico::agent {
