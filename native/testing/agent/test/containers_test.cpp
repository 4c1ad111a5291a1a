#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "agent_under_test.hpp"
#include "process_table.hpp"

namespace calico::agent {

namespace {

ino_t namespaceOf(pid_t pid, const std::string& name)
{
  struct stat status{};
  stat(("/proc/" + std::to_string(pid) + "/ns/" + name).c_str(), &status);
  return status.st_ino;
}


std::string launch(const std::string& containerId, const std::string& script, const std::string& more = "")
{
  return "\"do\": \"launch\", \"container_id\": \"" + containerId + "\", \"command\": [\"sh\", \"-c\", \"" + script + "\"]" +
    (more.empty() ? "" : ", " + more);
}


std::string on(const std::string& verb, const std::string& containerId)
{
  return "\"do\": \"" + verb + "\", \"container_id\": \"" + containerId + "\"";
}


const std::string NEWNET = std::to_string(CLONE_NEWNET);
const std::string NEWNS = std::to_string(CLONE_NEWNS);

} // namespace {


class ContainersTest : public AgentTest
{
protected:
  void SetUp() override
  {
    AgentTest::SetUp();
    agent = std::make_unique<AgentUnderTest>(directory, flags());
    agent->event("ready");
  }

  void TearDown() override
  {
    agent.reset();
    AgentTest::TearDown();
  }

  std::unique_ptr<AgentUnderTest> agent;
};


TEST_F(ContainersTest, LaunchStatusDestroy)
{
  const Reply launched = agent->command(launch("c", "exec sleep 1000"));
  ASSERT_TRUE(launched.ok()) << launched.error();
  EXPECT_FALSE(launched.has_launch_info());
  EXPECT_TRUE(findProcess(launched.pid()).isSome());
  EXPECT_EQ(launched.pid(), getsid(launched.pid()));
  EXPECT_EQ(namespaceOf(getpid(), "net"), namespaceOf(launched.pid(), "net"));

  const Reply status = agent->command(on("status", "c"));
  EXPECT_EQ("198.18.0.1", status.status().network_infos(0).ip_addresses(0).ip_address());
  EXPECT_EQ(static_cast<uint32_t>(launched.pid()), status.status().executor_pid());
  EXPECT_EQ("c", status.status().container_id().value());
  EXPECT_GT(agent->command(on("usage", "c")).usage().timestamp(), 0);

  const Reply list = agent->command("\"do\": \"list\"");
  ASSERT_EQ(1, list.containers_size());
  EXPECT_EQ("RUNNING", list.containers(0).state());

  EXPECT_TRUE(agent->command(on("destroy", "c")).ok());
  EXPECT_TRUE(findProcess(launched.pid()).isNone());
  EXPECT_EQ(0, agent->command("\"do\": \"list\"").containers_size());
  EXPECT_EQ("prepare c\nwatch c\nisolate c\ncleanup c\n", calls());
}


TEST_F(ContainersTest, NamespacesAndEnvironmentAndOutput)
{
  const Reply launched = agent->command(launch(
      "c", "echo $FROM_ISOLATOR $FROM_USER $HOME; pwd; cat; exec sleep 1000",
      "\"environment\": {\"FROM_USER\": \"too\"}, " + wish("clone", NEWNET)));
  ASSERT_TRUE(launched.ok()) << launched.error();
  EXPECT_EQ(CLONE_NEWNET, launched.launch_info().clone_namespaces(0));
  EXPECT_NE(namespaceOf(getpid(), "net"), namespaceOf(launched.pid(), "net"));
  EXPECT_EQ(namespaceOf(getpid(), "uts"), namespaceOf(launched.pid(), "uts"));

  const std::string expected = "yes too\n" + path("work") + "/containers/c\n";
  for (int i = 0; i < 5'000 && contentOf("work/containers/c/stdout") != expected; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(expected, contentOf("work/containers/c/stdout"));
}


TEST_F(ContainersTest, DestroyKillsTheWholeSessionAndItsDescendants)
{
  ASSERT_TRUE(agent->command(launch(
      "c", "(sleep 1000 & echo $! > orphan); sleep 1000 & echo $! > child; setsid sleep 1000 & echo $! > session; wait")).ok());
  for (const std::string name : {"orphan", "child", "session"}) {
    std::string pid;
    for (int i = 0; i < 5'000 && pid.empty(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      pid = contentOf("work/containers/c/" + name);
    }
    ASSERT_TRUE(findProcess(std::stoi(pid)).isSome());
  }
  EXPECT_TRUE(agent->command(on("destroy", "c")).ok());
  for (const std::string name : {"orphan", "child", "session"}) {
    EXPECT_TRUE(findProcess(std::stoi(contentOf("work/containers/c/" + name))).isNone()) << name;
  }
}


TEST_F(ContainersTest, RefusedPrepareIsCleanedUp)
{
  const Reply refused = agent->command(launch("c", "true", wish("refuse_prepare")));
  EXPECT_FALSE(refused.ok());
  EXPECT_EQ("prepare", refused.step());
  EXPECT_EQ("told to refuse c", refused.error());
  EXPECT_EQ("prepare c\ncleanup c\n", calls());
  // The agent goes on, and the id is free again.
  EXPECT_TRUE(agent->command(launch("c", "exec sleep 1000")).ok());
}


TEST_F(ContainersTest, RefusedIsolateKillsTheProcessBeforeItHasRun)
{
  const Reply refused = agent->command(launch("c", "touch ran", wish("refuse_isolate")));
  EXPECT_FALSE(refused.ok());
  EXPECT_EQ("isolate", refused.step());
  EXPECT_EQ("told not to isolate", refused.error());
  EXPECT_EQ("prepare c\nwatch c\nisolate c\ncleanup c\n", calls());
  EXPECT_NE(0, access(path("work/containers/c/ran").c_str(), F_OK));
  EXPECT_EQ(0, agent->command("\"do\": \"list\"").containers_size());
}


TEST_F(ContainersTest, ImpossibleNamespacesAreRefused)
{
  const Reply refused = agent->command(launch("c", "true", wish("clone", "1")));
  EXPECT_EQ("clone", refused.step());
  EXPECT_EQ("clone_namespaces holds 1, which is no CLONE_NEW* flag", refused.error());
  const Reply rootless = agent->command(launch("d", "true", wish("enter", NEWNET)));
  EXPECT_EQ("clone", rootless.step());
  EXPECT_EQ("prepare c\ncleanup c\nprepare d\ncleanup d\n", calls());
}


TEST_F(ContainersTest, FailedCleanupIsToldAndTheContainerStays)
{
  ASSERT_TRUE(agent->command(launch("c", "exec sleep 1000", wish("refuse_cleanup"))).ok());
  const Reply destroyed = agent->command(on("destroy", "c"));
  EXPECT_FALSE(destroyed.ok());
  EXPECT_EQ("failed to clean up: told not to clean up", destroyed.error());
  EXPECT_EQ("DESTROYING", agent->command("\"do\": \"list\"").containers(0).state());
}


TEST_F(ContainersTest, ExitByItself)
{
  ASSERT_TRUE(agent->command(launch("c", "exit 3")).ok());
  Event event = agent->event("exited");
  EXPECT_EQ("c", event.container_id().string_value());
  EXPECT_EQ(3, event.exit_code());
  EXPECT_FALSE(event.has_error());
  EXPECT_EQ("prepare c\nwatch c\nisolate c\ncleanup c\n", calls());

  ASSERT_TRUE(agent->command(launch("d", "kill -TERM $$", wish("refuse_cleanup"))).ok());
  event = agent->event("exited");
  EXPECT_EQ(SIGTERM, event.signal());
  EXPECT_EQ("failed to clean up: told not to clean up", event.error());
}


TEST_F(ContainersTest, CommandThatDoesNotExist)
{
  ASSERT_TRUE(agent->command("\"do\": \"launch\", \"container_id\": \"c\", \"command\": [\"/no/such\"]").ok());
  EXPECT_EQ(127, agent->event("exited").exit_code());
  EXPECT_EQ("container: cannot execute /no/such: No such file or directory\n", contentOf("work/containers/c/stderr"));
}


TEST_F(ContainersTest, LimitedContainerIsDestroyed)
{
  const int launched = agent->begin(launch("c", "exec sleep 1000", wish("limit")));
  const Event event = agent->event("limited");
  EXPECT_EQ("too much", event.limitation().message());
  agent->reply(launched);
  EXPECT_EQ(0, agent->command("\"do\": \"list\"").containers_size());
}


TEST_F(ContainersTest, SameIdTwice)
{
  ASSERT_TRUE(agent->command(launch("c", "exec sleep 1000")).ok());
  const Reply twice = agent->command(launch("c", "true"));
  EXPECT_EQ("launch", twice.step());
  EXPECT_EQ("container 'c' already exists and is RUNNING", twice.error());
}


TEST_F(ContainersTest, CommandsForOneContainerInOrder)
{
  const int first = agent->begin(launch("c", "exec sleep 1000"));
  const int second = agent->begin(on("destroy", "c"));
  const int third = agent->begin(launch("c", "exec sleep 1000"));
  EXPECT_TRUE(agent->reply(first).ok());
  EXPECT_TRUE(agent->reply(second).ok());
  EXPECT_TRUE(agent->reply(third).ok());
}


TEST_F(ContainersTest, DestroyedDuringPrepare)
{
  const int launched = agent->begin(launch("c", "true", wish("wait_in_prepare")));
  // Another container is not held up.
  ASSERT_TRUE(agent->command(launch("d", "exec sleep 1000")).ok());
  const int destroyed = agent->begin(on("destroy", "c") + ", \"now\": true");
  EXPECT_TRUE(agent->command(on("destroy", "d")).ok());
  EXPECT_EQ(std::string::npos, calls().find("cleanup c"));

  agent->command(on("cleanup", "release"));
  EXPECT_TRUE(agent->reply(destroyed).ok());
  EXPECT_EQ("the container was destroyed during its launch", agent->reply(launched).error());
  EXPECT_NE(std::string::npos, calls().find("cleanup c"));
  EXPECT_EQ(std::string::npos, calls().find("isolate c"));
}


TEST_F(ContainersTest, NestedContainerEntersItsParentsNamespacesAndDiesWithIt)
{
  const Reply parent = agent->command(launch("p", "exec sleep 1000", wish("clone", NEWNET)));
  const Reply child = agent->command(
      "\"do\": \"launch\", \"container_id\": {\"value\": \"c\", \"parent\": {\"value\": \"p\"}}, "
      "\"command\": [\"sleep\", \"1000\"], " + wish("enter", NEWNET));
  ASSERT_TRUE(child.ok()) << child.error();
  EXPECT_EQ(namespaceOf(parent.pid(), "net"), namespaceOf(child.pid(), "net"));
  EXPECT_NE(namespaceOf(getpid(), "net"), namespaceOf(child.pid(), "net"));

  EXPECT_TRUE(agent->command(on("destroy", "p")).ok());
  EXPECT_TRUE(findProcess(child.pid()).isNone());
  EXPECT_NE(std::string::npos, calls().find("cleanup p.c\ncleanup p\n")) << calls();
}


TEST_F(ContainersTest, NestedContainerWithoutParent)
{
  const Reply refused = agent->command(
      "\"do\": \"launch\", \"container_id\": {\"value\": \"c\", \"parent\": {\"value\": \"p\"}}, \"command\": [\"true\"]");
  EXPECT_EQ("parent container 'p' does not exist", refused.error());
  EXPECT_EQ("", calls());
}


TEST_F(ContainersTest, MountsStayInTheContainer)
{
  const std::string target = path("mounted");
  mkdir(target.c_str(), 0755);
  // Two wishes: a second network_info.
  const std::string info =
    "\"container_info\": {\"type\": \"MESOS\", \"network_infos\": [{\"labels\": {\"labels\": [{\"key\": \"clone\", \"value\": \"" +
    NEWNS + "\"}, {\"key\": \"mount\", \"value\": \"" + target + "\"}]}}]}";
  ASSERT_TRUE(agent->command(launch("c", "touch " + target + "/file; exit 7", info)).ok());
  EXPECT_EQ(7, agent->event("exited").exit_code());
  EXPECT_NE(0, access((target + "/file").c_str(), F_OK));

  ASSERT_TRUE(agent->command(launch("d", "true", wish("mount", target))).ok());
  EXPECT_EQ(1, agent->event("exited").exit_code());
  EXPECT_NE(std::string::npos, contentOf("work/containers/d/stderr").find("cannot mount, without a mount namespace"));
}


TEST_F(ContainersTest, SingleSteps)
{
  EXPECT_FALSE(agent->command(on("prepare", "c")).has_launch_info());
  EXPECT_TRUE(agent->command(on("prepare", "c") + ", " + wish("clone", NEWNET)).has_launch_info());
  EXPECT_EQ("told to refuse c", agent->command(on("prepare", "c") + ", " + wish("refuse_prepare")).error());
  EXPECT_TRUE(agent->command(on("isolate", "c") + ", \"pid\": " + std::to_string(getpid())).ok());
  EXPECT_EQ("'pid' is missing", agent->command(on("isolate", "c")).error());
  EXPECT_TRUE(agent->command(on("cleanup", "c")).ok());
  EXPECT_TRUE(agent->command(
      "\"do\": \"recover\", \"states\": [{\"container_id\": {\"value\": \"s\"}, \"pid\": 1, \"directory\": \"/\"}], "
      "\"orphans\": [\"o\"]").ok());
  EXPECT_EQ(
      "prepare c\nprepare c\nprepare c\nisolate c\ncleanup c\nrecover s\nrecover orphan o\n", calls());

  agent->command(on("prepare", "w") + ", " + wish("limit"));
  EXPECT_EQ("too much", agent->command(on("watch", "w")).limitation().message());
}


TEST_F(ContainersTest, BadCommands)
{
  EXPECT_EQ("'container_id' is missing", agent->command("\"do\": \"launch\"").error());
  EXPECT_NE(std::string::npos, agent->command("\"do\": \"fly\", \"container_id\": \"c\"").error().find("'do' is 'fly'"));
  EXPECT_NE(std::string::npos, agent->command("\"do\": \"list\", \"verbose\": true").error().find("verbose"));
  EXPECT_NE(std::string::npos, agent->command(on("launch", "c")).error().find("'command' is missing"));
  EXPECT_NE(std::string::npos, agent->command(launch("a/b", "true")).error().find("'a/b' is not allowed"));
  EXPECT_NE(std::string::npos, agent->command(launch("", "true")).error().find("has 0 characters"));
  EXPECT_NE(
      std::string::npos, agent->command("\"do\": \"status\", \"container_id\": 5").error().find("container id 5 is neither"));
  EXPECT_EQ("unknown container 'c'", agent->command(on("status", "c")).error());
  EXPECT_EQ("unknown container 'c'", agent->command(on("destroy", "c")).error());
  EXPECT_NE(
      std::string::npos,
      agent->command(launch("c", "true", "\"container_info\": {\"type\": \"DOCKER\"}")).error().find("must be MESOS"));
  agent->send("nonsense");
  EXPECT_NE(std::string::npos, agent->reply(0).error().find("not a JSON object"));
  EXPECT_TRUE(agent->command("\"do\": \"list\"").ok());
}


TEST_F(ContainersTest, EndOfInputQuitsOnceAllIsDoneAndContainersGoOn)
{
  const int launched = agent->begin(launch("c", "exec sleep 1000"));
  agent->endInput();
  const Reply reply = agent->reply(launched);
  EXPECT_TRUE(reply.ok());
  EXPECT_EQ(0, agent->finish().status);
  EXPECT_NE(std::string::npos, calls().find("isolate c\ndestructor\n"));
  EXPECT_TRUE(findProcess(reply.pid()).isSome());
}


TEST_F(ContainersTest, QuitNowDoesNotWait)
{
  agent->begin(launch("c", "true", wish("wait_in_prepare")));
  EXPECT_TRUE(agent->command("\"do\": \"quit\", \"now\": true").ok());
  EXPECT_EQ(0, agent->finish().status);
}


TEST_F(ContainersTest, TerminateEndsItAtOnce)
{
  kill(agent->pid(), SIGTERM);
  const Finished finished = agent->finish();
  EXPECT_TRUE(WIFSIGNALED(finished.status));
  EXPECT_EQ(SIGTERM, WTERMSIG(finished.status));
  EXPECT_EQ(std::string::npos, calls().find("destructor"));
}

} // namespace calico::agent {
