#include <sys/wait.h>

#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "agent_under_test.hpp"

namespace calico::agent {

// What an operator sees who has written something wrong.
class ModulesTest : public AgentTest
{
protected:
  /// Runs an agent that must not start, and returns the last line that it leaves: the reason.
  std::string refusal(const std::string& modules, const std::string& isolation = "org_example_Dummy")
  {
    return refusalOf({modules, "--isolation=" + isolation, "--work_dir=" + path("work")});
  }

  std::string refusalOf(const std::vector<std::string>& arguments)
  {
    AgentUnderTest agent(directory, arguments);
    const Finished finished = agent.finish();
    EXPECT_TRUE(WIFEXITED(finished.status));
    EXPECT_EQ(1, WEXITSTATUS(finished.status));

    std::string ours;
    size_t begin = 0;
    int lines = 0;
    for (size_t end; (end = finished.errors.find('\n', begin)) != std::string::npos; begin = end + 1) {
      if (finished.errors.compare(begin, 25, "calico-mesos-test-agent: ") == 0) {
        ours = finished.errors.substr(begin + 25, end - begin - 25);
        ++lines;
      }
    }
    EXPECT_EQ(1, lines) << finished.errors;
    return ours;
  }

  std::string withLibrary(const std::string& rest) { return writeModules("{\"libraries\": [{" + rest + "}]}"); }
};


::testing::AssertionResult says(const std::string& text, const std::string& actual)
{
  if (actual.find(text) != std::string::npos) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << "'" << text << "' is not in: " << actual;
}

#define EXPECT_SAYS(text, actual) EXPECT_TRUE(says(text, actual))


TEST_F(ModulesTest, MissingFile)
{
  EXPECT_SAYS("--modules: cannot read /no/modules.json: No such file", refusal("--modules=file:///no/modules.json"));
  EXPECT_SAYS("--modules: cannot read /tmp: Is a directory", refusal("--modules=file:///tmp"));
}


TEST_F(ModulesTest, NeitherFileNorJson)
{
  EXPECT_SAYS("--modules='/etc/modules.json': file:///path", refusal("--modules=/etc/modules.json"));
}


TEST_F(ModulesTest, NotJson)
{
  const std::string said = refusal(writeModules("libraries: []"));
  EXPECT_SAYS("modules.json is not {", said);
  EXPECT_SAYS("Unexpected token, at: libraries: []", said);
}


TEST_F(ModulesTest, UnknownKeyIsNamed)
{
  EXPECT_SAYS("libary", refusal(writeModules("{\"libary\": []}")));
  EXPECT_SAYS("path", refusal(withLibrary("\"path\": \"x\"")));
}


TEST_F(ModulesTest, WrongTypeIsNamed)
{
  EXPECT_SAYS("modules", refusal(withLibrary("\"file\": \"x\", \"modules\": \"org_example_Dummy\"")));
}


TEST_F(ModulesTest, ParameterWithoutValue)
{
  EXPECT_SAYS(
      "missing field value",
      refusal(withLibrary("\"file\": \"x\", \"modules\": [{\"name\": \"m\", \"parameters\": [{\"key\": \"k\"}]}]")));
}


TEST_F(ModulesTest, LibraryWithoutFileAndName)
{
  EXPECT_SAYS("a library has neither 'file' nor 'name'", refusal(withLibrary("")));
}


TEST_F(ModulesTest, NoSuchLibrary)
{
  EXPECT_SAYS(
      "cannot open library '/no/lib.so': /no/lib.so: cannot open shared object file: No such file",
      refusal(withLibrary("\"file\": \"/no/lib.so\"")));
  EXPECT_SAYS("cannot open library 'libno_such.so': libno_such.so:", refusal(withLibrary("\"name\": \"no_such\"")));
}


TEST_F(ModulesTest, FileThatIsNoLibrary)
{
  std::ofstream(path("text.so")) << "not a library";
  EXPECT_SAYS("text.so: file too short", refusal(withLibrary("\"file\": \"" + path("text.so") + "\"")));
}


TEST_F(ModulesTest, NoSuchModuleInTheLibrary)
{
  EXPECT_SAYS("has no module 'no_such': ", refusal(modulesFlag("no_such")));
}


TEST_F(ModulesTest, ModuleWithoutName)
{
  EXPECT_SAYS("has no 'name'", refusal(withLibrary("\"file\": \"" TEST_MODULE "\", \"modules\": [{}]")));
}


TEST_F(ModulesTest, VersionsAndKindsAreChecked)
{
  EXPECT_SAYS(
      "module 'other_api_version' has module API version 1, this agent has 2",
      refusal(modulesFlag("other_api_version"), "other_api_version"));
  EXPECT_SAYS(
      "module 'other_mesos_version' was built for Mesos 1.10.0, this agent is 1.11.0",
      refusal(modulesFlag("other_mesos_version"), "other_mesos_version"));
  EXPECT_SAYS("module 'other_kind' is of kind 'Hook'", refusal(modulesFlag("other_kind"), "other_kind"));
  EXPECT_SAYS("module 'incompatible' says itself", refusal(modulesFlag("incompatible"), "incompatible"));
  EXPECT_SAYS("module 'without_version' leaves a field", refusal(modulesFlag("without_version"), "without_version"));
}


TEST_F(ModulesTest, EveryModuleOfTheFileIsCheckedAlsoThoseNotUsed)
{
  EXPECT_SAYS("other_mesos_version", refusal(modulesFlag("other_mesos_version"), "org_example_Dummy"));
}


TEST_F(ModulesTest, IsolationNamesNoModule)
{
  EXPECT_SAYS(
      "--isolation='network/calico': no such module; --modules names: org_example_Dummy",
      refusal(modulesFlag("org_example_Dummy"), "network/calico"));
}


TEST_F(ModulesTest, NamedTwiceWithOtherParameters)
{
  const std::string library = "{\"file\": \"" TEST_MODULE "\", \"modules\": [{\"name\": \"org_example_Dummy\"";
  EXPECT_SAYS(
      "'org_example_Dummy' is named twice",
      refusal(writeModules(
          "{\"libraries\": [" + library + "}]}, " + library + ", \"parameters\": [{\"key\": \"a\", \"value\": \"b\"}]}]}]}")));
}


TEST_F(ModulesTest, CreateReturnsNull)
{
  EXPECT_SAYS("'org_example_Dummy' could not be created", refusal(modulesFlag("org_example_Dummy", {{"create_fails", "1"}})));
}


TEST_F(ModulesTest, RecoverFails)
{
  EXPECT_SAYS("recovery failed: told not to recover", refusal(modulesFlag("org_example_Dummy", {{"recover_fails", "1"}})));
  EXPECT_SAYS("destructor", calls());
}


TEST_F(ModulesTest, CommandLine)
{
  EXPECT_SAYS("unknown argument '--isolator=x'", refusalOf({"--isolator=x"}));
  EXPECT_SAYS("'--isolation=' lacks its value", refusalOf({"--isolation="}));
  EXPECT_SAYS("--work_dir= is missing", refusalOf({"--modules={}", "--isolation=x"}));
  EXPECT_SAYS(
      "a Unix socket's path has less than 108",
      refusalOf({"--modules={}", "--isolation=x", "--work_dir=/tmp", "--socket=/" + std::string(200, 'x')}));
  EXPECT_SAYS(
      "cannot listen on --socket='/no/directory/socket': No such file",
      refusalOf({"--modules={}", "--isolation=x", "--work_dir=/tmp", "--socket=/no/directory/socket"}));
}


TEST_F(ModulesTest, BothKindsOfNamesAndInlineJson)
{
  for (const char* name : {"org_example_Dummy", "network/dummy"}) {
    AgentUnderTest agent(directory, flags(name));
    EXPECT_EQ(agent.pid(), agent.event("ready").pid());
    EXPECT_TRUE(agent.command("\"do\": \"quit\"").ok());
    EXPECT_EQ(0, agent.finish().status);
  }
  const std::string json = contentOf("modules.json");
  AgentUnderTest agent(directory, {"--modules=" + json, "--isolation=network/dummy", "--work_dir=" + path("work")});
  agent.event("ready");
}

} // namespace calico::agent {
