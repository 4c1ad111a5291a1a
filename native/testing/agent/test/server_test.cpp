#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "server.hpp"

namespace calico::agent {

class ServerTest : public ::testing::Test
{
protected:
  void SetUp() override
  {
    int in[2], out[2];
    ASSERT_EQ(0, pipe2(in, O_CLOEXEC));
    ASSERT_EQ(0, pipe2(out, O_CLOEXEC));
    writer = FileDescriptor(in[1]);
    reader = FileDescriptor(out[0]);
    server.serve(FileDescriptor(in[0]), FileDescriptor(out[1]));
  }

  void type(const std::string& text)
  {
    ASSERT_EQ(static_cast<ssize_t>(text.size()), write(writer.get(), text.data(), text.size()));
  }

  std::string written()
  {
    char bytes[4096];
    const ssize_t length = read(reader.get(), bytes, sizeof(bytes));
    return std::string(bytes, length > 0 ? static_cast<size_t>(length) : 0);
  }

  Server server;
  FileDescriptor writer;
  FileDescriptor reader;
};


TEST_F(ServerTest, GreetingComesBeforeWhatWasBroadcastBefore)
{
  server.broadcast("early");
  server.greet("ready");
  server.broadcast("late");
  EXPECT_EQ("ready\nearly\nlate\n", written());
}


TEST_F(ServerTest, LinesInPiecesEmptyLinesAndTheEnd)
{
  std::vector<std::string> lines;
  type("first\n\nsec");
  std::thread later([this]() {
    usleep(20'000);
    type("ond\nunfinished");
    writer.reset();
  });
  server.run([&lines](const std::string& line, const std::shared_ptr<Output>&) { lines.push_back(line); });
  later.join();
  EXPECT_EQ(std::vector<std::string>({"first", "second"}), lines);
}


TEST_F(ServerTest, StopEndsIt)
{
  std::thread later([this]() { server.stop(); });
  server.run([](const std::string&, const std::shared_ptr<Output>&) {});
  later.join();
}

} // namespace calico::agent {
