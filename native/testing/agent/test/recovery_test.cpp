#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <stout/stringify.hpp>

#include "agent_under_test.hpp"
#include "process_table.hpp"
#include "recovery.hpp"

namespace calico::agent {

// Agents that are killed, and the agents after them.
class RecoveryTest : public AgentTest
{
protected:
  std::unique_ptr<AgentUnderTest> start()
  {
    auto agent = std::make_unique<AgentUnderTest>(directory, flags());
    ready = agent->event("ready");
    return agent;
  }

  static std::string launch(const std::string& containerId, const std::string& more = "")
  {
    return "\"do\": \"launch\", \"container_id\": " + containerId + ", \"command\": [\"sleep\", \"1000\"]" + more;
  }

  /// Forgets the calls so far.
  std::string callsSince(const std::string& before) { return calls().substr(before.size()); }

  Event ready;
};


TEST_F(RecoveryTest, LiveContainerGoesOn)
{
  std::unique_ptr<AgentUnderTest> agent = start();
  EXPECT_EQ(0, ready.recovered_size());
  const Reply launched = agent->command(launch("\"c\"", ", " + wish("clone", "0")));
  agent->kill9();
  const std::string before = calls();
  EXPECT_TRUE(findProcess(launched.pid()).isSome());

  agent = start();
  ASSERT_EQ(1, ready.recovered_size());
  EXPECT_EQ("c", ready.recovered(0).string_value());
  EXPECT_EQ("recover c with a network\nwatch c\n", callsSince(before));
  EXPECT_EQ(launched.pid(), agent->command("\"do\": \"list\"").containers(0).pid());
  EXPECT_NE(std::string::npos, agent->command(launch("\"c\"")).error().find("already exists and is RUNNING"));

  EXPECT_TRUE(agent->command("\"do\": \"destroy\", \"container_id\": \"c\"").ok());
  EXPECT_TRUE(findProcess(launched.pid()).isNone());
  EXPECT_EQ("recover c with a network\nwatch c\ncleanup c\n", callsSince(before));

  agent->kill9();
  agent = start();
  EXPECT_EQ(0, ready.recovered_size());
}


TEST_F(RecoveryTest, ExitIsNoticedByTheNextAgent)
{
  std::unique_ptr<AgentUnderTest> agent = start();
  const Reply launched = agent->command(launch("\"c\""));
  agent->kill9();
  agent = start();
  kill(launched.pid(), SIGKILL);
  const Event event = agent->event("exited");
  EXPECT_EQ("c", event.container_id().string_value());
  EXPECT_FALSE(event.has_status());
}


TEST_F(RecoveryTest, DeadContainerIsRecoveredAndThenDestroyed)
{
  std::unique_ptr<AgentUnderTest> agent = start();
  const Reply launched = agent->command(launch("\"c\""));
  agent->kill9();
  kill(launched.pid(), SIGKILL);
  ASSERT_TRUE(endsSoon(launched.pid()));
  const std::string before = calls();

  agent = start();
  EXPECT_EQ(1, ready.recovered_size());
  EXPECT_EQ("c", agent->event("exited").container_id().string_value());
  EXPECT_EQ("recover c\nwatch c\ncleanup c\n", callsSince(before));
  EXPECT_EQ(0, agent->command("\"do\": \"list\"").containers_size());
}


TEST_F(RecoveryTest, LaunchCutShortIsAnOrphan)
{
  std::unique_ptr<AgentUnderTest> agent = start();
  agent->begin(launch("\"c\"", ", " + wish("wait_in_prepare")));
  agent->command("\"do\": \"prepare\", \"container_id\": \"later\"");
  while (calls().find("prepare c") == std::string::npos) {
    usleep(1000);
  }
  agent->kill9();
  const std::string before = calls();

  agent = start();
  EXPECT_EQ("c", ready.orphans(0).string_value());
  EXPECT_EQ("c", agent->event("orphan").container_id().string_value());
  EXPECT_EQ("recover orphan c\ncleanup c\n", callsSince(before));
}


TEST_F(RecoveryTest, ExecutorsComeFirstAndDebugContainersAreOrphans)
{
  std::unique_ptr<AgentUnderTest> agent = start();
  ASSERT_TRUE(agent->command(launch("\"a-standalone\"")).ok());
  ASSERT_TRUE(agent->command(launch(
      "\"executor\"",
      ", \"executor_info\": {\"executor_id\": {\"value\": \"e\"}, \"framework_id\": {\"value\": \"f\"}}")).ok());
  ASSERT_TRUE(agent->command(launch("{\"value\": \"n\", \"parent\": {\"value\": \"executor\"}}")).ok());
  const Reply debug = agent->command(launch(
      "{\"value\": \"d\", \"parent\": {\"value\": \"executor\"}}", ", \"container_class\": \"DEBUG\""));
  ASSERT_TRUE(debug.ok()) << debug.error();
  agent->kill9();
  const std::string before = calls();

  agent = start();
  agent->event("orphan");
  EXPECT_TRUE(findProcess(debug.pid()).isNone());
  const std::string since = callsSince(before);
  EXPECT_EQ(0u, since.find("recover executor of an executor\nrecover ")) << since;
  EXPECT_NE(std::string::npos, since.find("recover executor.n\n")) << since;
  EXPECT_NE(std::string::npos, since.find("recover a-standalone\n")) << since;
  EXPECT_NE(std::string::npos, since.find("recover orphan executor.d\n")) << since;
  EXPECT_NE(std::string::npos, since.find("cleanup executor.d\n")) << since;
  EXPECT_EQ(3, agent->command("\"do\": \"list\"").containers_size());
}


TEST_F(RecoveryTest, SortedByMesossRules)
{
  const auto checkpoint = [](const std::string& value, const std::string& parent, bool executor, bool launched) {
    Checkpoint made;
    made.containerId.set_value(value);
    if (!parent.empty()) {
      made.containerId.mutable_parent()->set_value(parent);
    }
    mesos::slave::ContainerConfig config;
    if (executor) {
      config.mutable_executor_info();
    }
    made.config = config;
    if (launched) {
      made.process = ProcessId{1, 1};
    }
    return made;
  };
  const Recovery recovery = sortCheckpoints(Checkpoints("/w"), {
    checkpoint("standalone", "", false, true),
    checkpoint("executor", "", true, true),
    checkpoint("nested", "executor", true, true),
    checkpoint("cut-short", "", true, false),
    checkpoint("in-orphan", "cut-short", true, true)});

  std::vector<std::string> states;
  for (const mesos::slave::ContainerState& state : recovery.states) {
    states.push_back(stringify(state.container_id()) + (state.has_executor_info() ? " of an executor" : ""));
  }
  EXPECT_EQ(std::vector<std::string>({"executor of an executor", "standalone", "executor.nested"}), states);
  EXPECT_EQ("/w/containers/executor/containers/nested", recovery.states[2].directory());
  EXPECT_EQ(2u, recovery.orphans.size());
}


TEST_F(RecoveryTest, AProcessThatOnlyHasTheSamePidIsLeftAlone)
{
  const Option<ProcessId> self = findProcess(getpid());
  mesos::ContainerID containerId;
  containerId.set_value("c");
  mesos::slave::ContainerConfig config;
  config.set_directory("/");
  config.mutable_command_info();
  const Checkpoints checkpoints(path("work"));
  ASSERT_TRUE(checkpoints.begin(containerId).isSome());
  ASSERT_TRUE(checkpoints.keep(containerId, config).isSome());
  ASSERT_TRUE(checkpoints.keep(containerId, ProcessId{self->pid, self->startTicks + 1}).isSome());

  std::unique_ptr<AgentUnderTest> agent = start();
  EXPECT_EQ("c", agent->event("exited").container_id().string_value());
}


TEST_F(RecoveryTest, DamagedCheckpointIsNamed)
{
  std::unique_ptr<AgentUnderTest> agent = start();
  ASSERT_TRUE(agent->command(launch("\"c\"")).ok());
  agent->kill9();
  const std::string process = path("work/checkpoints/containers/c/process");
  const std::string content = contentOf("work/checkpoints/containers/c/process");
  ASSERT_EQ(0, truncate(process.c_str(), 0));

  AgentUnderTest next(directory, flags());
  const Finished finished = next.finish();
  EXPECT_NE(0, finished.status);
  EXPECT_NE(std::string::npos, finished.errors.find("checkpoints/containers/c/process does not hold a pid"));

  kill(std::stoi(content), SIGKILL);
}


TEST_F(RecoveryTest, SocketServesManyAndSurvivesAKilledAgent)
{
  std::vector<std::string> arguments = flags();
  arguments.push_back("--socket=" + path("socket"));

  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path("socket").c_str(), sizeof(address.sun_path) - 1);

  for (int round = 0; round < 2; ++round) {
    AgentUnderTest agent(directory, arguments);
    for (int client = 0; client < 2; ++client) {
      FileDescriptor connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
      int connected = -1;
      for (int i = 0; i < 5'000 && connected != 0; ++i) {
        connected = connect(connection.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address));
        usleep(1000);
      }
      ASSERT_EQ(0, connected);
      const std::string command = "{\"id\": \"x\", \"do\": \"list\"}\n";
      ASSERT_EQ(static_cast<ssize_t>(command.size()), write(connection.get(), command.data(), command.size()));
      std::string answer;
      char byte;
      while (std::count(answer.begin(), answer.end(), '\n') < 2 && read(connection.get(), &byte, 1) == 1) {
        answer += byte;
      }
      EXPECT_EQ(0u, answer.find("{\"event\":\"ready\",")) << answer;
      EXPECT_NE(std::string::npos, answer.find("{\"id\":\"x\",\"ok\":true}")) << answer;
    }
    agent.kill9();
  }
}

} // namespace calico::agent {
