#include "network_namespace.hpp"

#include <signal.h>
#include <sys/stat.h>

#include "container.hpp"
#include "host_test.hpp"

using namespace calicomesos::kernel;

namespace {

using NetworkNamespaceTest = HostTest;

ino_t current() {
  struct stat status;
  ::stat("/proc/thread-self/ns/net", &status);
  return status.st_ino;
}

TEST_F(NetworkNamespaceTest, RunsInsideAndNowhereElse) {
  const Container container;
  struct stat inside;
  ASSERT_EQ(0, ::stat(container.network_namespace().c_str(), &inside));
  const ino_t before = current();
  ino_t seen = 0;
  const NetworkNamespace entered = std::move(NetworkNamespace::open(container.network_namespace()).value());
  ASSERT_TRUE(done(entered.run([&]() -> Failure {
    seen = current();
    return std::nullopt;
  })));
  EXPECT_EQ(inside.st_ino, seen);
  EXPECT_EQ(before, current());
}

TEST_F(NetworkNamespaceTest, IsBackWhateverIsThrownInside) {
  const Container container;
  const ino_t before = current();
  const NetworkNamespace entered = std::move(NetworkNamespace::open(container.network_namespace()).value());
  EXPECT_THROW(entered.run([]() -> Failure { throw std::bad_alloc(); }), std::bad_alloc);
  EXPECT_EQ(before, current());
}

TEST_F(NetworkNamespaceTest, SignalsStayOutside) {
  const Container container;
  const NetworkNamespace entered = std::move(NetworkNamespace::open(container.network_namespace()).value());
  bool blocked = false;
  entered.run([&]() -> Failure {
    sigset_t mask;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    blocked = ::sigismember(&mask, SIGTERM) == 1 && ::sigismember(&mask, SIGCHLD) == 1;
    return std::nullopt;
  });
  EXPECT_TRUE(blocked);
  sigset_t mask;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  EXPECT_EQ(0, ::sigismember(&mask, SIGTERM));
}

TEST_F(NetworkNamespaceTest, OutlivesItsProcess) {
  Container container;
  const NetworkNamespace entered = std::move(NetworkNamespace::open(container.network_namespace()).value());
  container.kill();
  EXPECT_TRUE(done(entered.run([]() -> Failure { return std::nullopt; })));
}

TEST_F(NetworkNamespaceTest, SaysWhatIsMissing) {
  const Result<NetworkNamespace> gone = NetworkNamespace::open("/proc/999999999/ns/net");
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(ENOENT, gone.error().number);
  EXPECT_TRUE(has(gone.error().message, "process 999999999 has gone"));
  const Result<NetworkNamespace> absent = NetworkNamespace::open("/run/netns/absent");
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ("opening the network namespace /run/netns/absent: No such file or directory (ENOENT)",
            absent.error().message);
}

}  // namespace
