#include "agent_under_test.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "checkpoints.hpp"
#include "json.hpp"
#include "process_table.hpp"

namespace calico::agent {

namespace {

namespace fs = std::filesystem;

constexpr int TIMEOUT_MS = 20'000;


std::string readFile(const std::string& path)
{
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

} // namespace {


AgentUnderTest::AgentUnderTest(const std::string& directory, const std::vector<std::string>& flags)
  : errorFile(directory + "/agent.stderr")
{
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) {
    throw std::runtime_error("pipe");
  }
  std::vector<char*> argv = {const_cast<char*>(TEST_AGENT)};
  for (const std::string& flag : flags) {
    argv.push_back(const_cast<char*>(flag.c_str()));
  }
  argv.push_back(nullptr);

  process = fork();
  if (process == 0) {
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    dup2(open(errorFile.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644), STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(126);
  }
  close(in[0]);
  close(out[1]);
  input = FileDescriptor(in[1]);
  output = FileDescriptor(out[0]);
}


AgentUnderTest::~AgentUnderTest()
{
  if (process > 0) {
    kill9();
  }
  if (::testing::Test::HasFailure()) {
    std::cerr << readFile(errorFile);
  }
}


void AgentUnderTest::send(const std::string& line)
{
  const std::string bytes = line + "\n";
  if (write(input.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    throw std::runtime_error("the agent takes no more input");
  }
}


int AgentUnderTest::begin(const std::string& fields)
{
  const int id = ++lastId;
  send("{\"id\": " + std::to_string(id) + ", " + fields + "}");
  return id;
}


Reply AgentUnderTest::reply(int id)
{
  readUntil([this, id]() { return replies.count(id) > 0; });
  return replies[id];
}


Reply AgentUnderTest::command(const std::string& fields)
{
  return reply(begin(fields));
}


Event AgentUnderTest::event(const std::string& name)
{
  Event found;
  readUntil([&]() {
    for (auto each = events.begin(); each != events.end(); ++each) {
      if (each->event() == name) {
        found = *each;
        events.erase(each);
        return true;
      }
    }
    return false;
  });
  return found;
}


void AgentUnderTest::readUntil(const std::function<bool()>& wanted)
{
  while (!wanted()) {
    const size_t end = unfinished.find('\n');
    if (end == std::string::npos) {
      pollfd polled{output.get(), POLLIN, 0};
      char bytes[4096];
      ssize_t length = 0;
      if (poll(&polled, 1, TIMEOUT_MS) != 1 || (length = read(output.get(), bytes, sizeof(bytes))) <= 0) {
        throw std::runtime_error("the agent does not answer:\n" + readFile(errorFile));
      }
      unfinished.append(bytes, static_cast<size_t>(length));
      continue;
    }
    const std::string line = unfinished.substr(0, end);
    unfinished.erase(0, end + 1);
    Event event;
    Reply reply;
    if (fromJson(line, &event).isSome() && event.has_event()) {
      events.push_back(event);
    } else if (const Try<Nothing> parsed = fromJson(line, &reply); parsed.isSome()) {
      replies[static_cast<int>(reply.id().number_value())] = reply;
    } else {
      throw std::runtime_error("the agent wrote " + line + ": " + parsed.error());
    }
  }
}


void AgentUnderTest::kill9()
{
  kill(process, SIGKILL);
  waitpid(process, nullptr, 0);
  process = -1;
}


void AgentUnderTest::endInput()
{
  input.reset();
}


Finished AgentUnderTest::finish()
{
  Finished finished{};
  for (int i = 0; waitpid(process, &finished.status, WNOHANG) == 0; ++i) {
    if (i > TIMEOUT_MS) {
      throw std::runtime_error("the agent does not end:\n" + readFile(errorFile));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  process = -1;
  finished.errors = readFile(errorFile);
  return finished;
}


void AgentTest::SetUp()
{
  std::string name = (fs::temp_directory_path() / "agent_test.XXXXXX").string();
  ASSERT_NE(nullptr, mkdtemp(name.data()));
  directory = name;
}


void AgentTest::TearDown()
{
  const Try<std::vector<Checkpoint>> left = Checkpoints(path("work")).recover();
  if (left.isSome()) {
    for (const Checkpoint& checkpoint : left.get()) {
      if (checkpoint.process.isSome()) {
        killSession(checkpoint.process.get());
      }
    }
  }
  fs::remove_all(directory);
}


std::string AgentTest::writeModules(const std::string& json)
{
  std::ofstream(path("modules.json")) << json;
  return "--modules=file://" + path("modules.json");
}


std::string AgentTest::modulesFlag(const std::string& module, const std::map<std::string, std::string>& parameters)
{
  std::string list = "{\"key\": \"calls\", \"value\": \"" + path("calls") + "\"}";
  for (const auto& parameter : parameters) {
    list += ", {\"key\": \"" + parameter.first + "\", \"value\": \"" + parameter.second + "\"}";
  }
  return writeModules(
      "{\"libraries\": [{\"file\": \"" TEST_MODULE "\", \"modules\": [{\"name\": \"" + module + "\", \"parameters\": [" +
      list + "]}]}]}");
}


std::vector<std::string> AgentTest::flags(const std::string& module)
{
  return {modulesFlag(module), "--isolation=" + module, "--work_dir=" + path("work")};
}


std::string AgentTest::contentOf(const std::string& name) const
{
  return readFile(path(name));
}


std::string AgentTest::wish(const std::string& label, const std::string& value)
{
  return "\"container_info\": {\"type\": \"MESOS\", \"network_infos\": [{\"labels\": {\"labels\": [{\"key\": \"" + label +
    "\", \"value\": \"" + value + "\"}]}}]}";
}


bool endsSoon(pid_t pid)
{
  for (int i = 0; i < 5'000; ++i) {
    if (findProcess(pid).isNone()) {
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

} // namespace calico::agent {
