#include "uts_namespace.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "host_test.hpp"

using namespace calicomesos::kernel;

namespace {

// A process in a UTS namespace of its own; it ends with this, or with the test.
class UtsNamespaceTest : public testing::Test {
 protected:
  void SetUp() override {
    int ready[2];
    ASSERT_EQ(0, ::pipe(ready));
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::unshare(CLONE_NEWUTS) == 0 && ::write(ready[1], "", 1) == 1) {
        ::pause();
      }
      ::_exit(1);
    }
    ::close(ready[1]);
    char byte;
    ASSERT_EQ(1, ::read(ready[0], &byte, 1)) << "these tests need root";
    ::close(ready[0]);
  }

  void TearDown() override {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  std::string path() const { return "/proc/" + std::to_string(pid_) + "/ns/uts"; }
  std::string inside() const { return sh("nsenter -t " + std::to_string(pid_) + " --uts uname -n").output; }

  pid_t pid_ = 0;
};

TEST_F(UtsNamespaceTest, NamesTheContainerAndNobodyElse) {
  const std::string host = sh("uname -n").output;
  ASSERT_TRUE(done(uts_namespace::set_host_name(path(), "web-1.example")));
  EXPECT_EQ("web-1.example\n", inside());
  EXPECT_EQ(host, sh("uname -n").output);
}

TEST_F(UtsNamespaceTest, TakesWhatTheKernelTakes) {
  const std::string longest(64, 'a');
  ASSERT_TRUE(done(uts_namespace::set_host_name(path(), longest)));
  EXPECT_EQ(longest + "\n", inside());
  const Failure failure = uts_namespace::set_host_name(path(), longest + "b");
  ASSERT_TRUE(failure);
  EXPECT_EQ(EINVAL, failure->number);
  EXPECT_EQ(longest + "\n", inside());
}

TEST_F(UtsNamespaceTest, NeverNamesTheHost) {
  const std::string host = sh("uname -n").output;
  const Failure failure = uts_namespace::set_host_name("/proc/self/ns/uts", "container");
  EXPECT_EQ(host, sh("uname -n").output);
  ASSERT_TRUE(failure);
  EXPECT_EQ("setting the host name container in /proc/self/ns/uts: Invalid argument (EINVAL): it is this process's own",
            failure->message);
}

TEST_F(UtsNamespaceTest, SaysThatTheProcessHasGone) {
  EXPECT_EQ(ENOENT, uts_namespace::set_host_name("/proc/999999999/ns/uts", "a")->number);
}

}  // namespace
