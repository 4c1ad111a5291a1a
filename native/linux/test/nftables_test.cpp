#include "nftables.hpp"

#include <linux/netlink.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>
#include <vector>

#include "host_test.hpp"

using namespace calicomesos::kernel;

namespace {

using NftablesTest = HostTest;

TEST_F(NftablesTest, RunsAndLists) {
  ASSERT_TRUE(done(nftables::run("add table inet t\nadd set inet t s { type ipv4_addr; }\n"
                                 "add element inet t s { 198.18.0.1, 198.18.0.2 }\n")));
  EXPECT_TRUE(has(sh("nft list table inet t").output, "elements = { 198.18.0.1, 198.18.0.2 }"));
  const Result<std::string> listed = nftables::list("list set inet t s");
  ASSERT_TRUE(done(listed));
  EXPECT_TRUE(has(listed.value(), "{\"nftables\": ["));
  EXPECT_TRUE(has(listed.value(), "\"elem\": [\"198.18.0.1\", \"198.18.0.2\"]"));
  EXPECT_TRUE(done(nftables::run("delete table inet t")));
  EXPECT_EQ("", sh("nft list ruleset").output);
}

TEST_F(NftablesTest, DoesAllOrNothing) {
  // The kernel refuses the second; the parser has nothing against it.
  const Failure failure = nftables::run("add table inet t\ncreate table inet u\ncreate table inet u\n");
  ASSERT_TRUE(failure);
  EXPECT_EQ(EINVAL, failure->number);
  EXPECT_TRUE(has(failure->message, "File exists"));
  EXPECT_EQ("", sh("nft list ruleset").output);
}

TEST_F(NftablesTest, RefusesInNftsOwnWords) {
  const Failure failure = nftables::run("add table inet t\nadd nonsense\n");
  ASSERT_TRUE(failure);
  EXPECT_TRUE(has(failure->message, "running nft commands: Invalid argument (EINVAL): Error: syntax error"));
  const Result<std::string> absent = nftables::list("list table inet absent");
  ASSERT_FALSE(absent.ok());
  EXPECT_TRUE(has(absent.error().message, "No such file or directory"));
}

TEST_F(NftablesTest, ManyThreads) {
  ASSERT_TRUE(done(nftables::run("add table inet t; add set inet t s { type ipv4_addr; }")));
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&failures, i] {
      for (int j = 1; j <= 25; ++j) {
        const std::string element = "{ 198.18." + std::to_string(i) + "." + std::to_string(j) + " }";
        failures += nftables::run("add element inet t s " + element) ? 1 : 0;
        failures += nftables::list("list set inet t s").ok() ? 0 : 1;
        failures += j % 2 == 0 && nftables::run("delete element inet t s " + element) ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(0, failures);
  EXPECT_EQ("104\n", sh("nft list set inet t s | grep -o 198 | wc -l").output);
}

TEST_F(NftablesTest, ARefusalLeavesNothingToTheNext) {
  ASSERT_TRUE(done(nftables::run("add table inet t; add set inet t s { type ipv4_addr; }")));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(nftables::run("add element inet t s { 198.18.0.1 }\nadd element inet t absent { 198.18.0.2 }\n"));
    EXPECT_TRUE(nftables::run("delete element inet t s { 198.18.0.9 }"));
    const Result<std::string> listed = nftables::list("list set inet t s");
    ASSERT_TRUE(done(listed));
    EXPECT_FALSE(has(listed.value(), "198.18."));
  }
  // Nor does it hold on to what somebody else has changed since.
  sh("nft 'flush ruleset; add table inet t; add set inet t s { type ipv6_addr; }'");
  EXPECT_TRUE(done(nftables::run("add element inet t s { fd00::1 }")));
}

TEST_F(NftablesTest, EachNetworkNamespaceHasItsOwn) {
  ASSERT_TRUE(done(nftables::run("add table inet here")));
  std::thread([] {
    ASSERT_EQ(0, ::unshare(CLONE_NEWNET));
    const Result<std::string> listed = nftables::list("list tables");
    ASSERT_TRUE(done(listed));
    EXPECT_FALSE(has(listed.value(), "here"));
  }).join();
  EXPECT_TRUE(has(nftables::list("list tables").value(), "here"));
}

// Whether a socket of nft's can be seen, and so inherited, by the rest of this process.
bool socket_is_visible() {
  for (int number = 3; number < 64; ++number) {
    int protocol = -1, domain = -1;
    socklen_t length = sizeof protocol;
    if (::getsockopt(number, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain == AF_NETLINK &&
        ::getsockopt(number, SOL_SOCKET, SO_PROTOCOL, &protocol, &length) == 0 && protocol == NETLINK_NETFILTER) {
      return true;
    }
  }
  return false;
}

TEST_F(NftablesTest, NoOtherProcessCanInheritItsSocket) {
  const int before = descriptors();
  std::atomic<bool> running{true};
  std::thread runner([&running] {
    for (int i = 0; i < 100; ++i) {
      nftables::run("add table inet t");
    }
    running = false;
  });
  bool seen = false;
  while (running) {
    seen = seen || socket_is_visible();
  }
  runner.join();
  EXPECT_FALSE(seen);
  EXPECT_EQ(before, descriptors());
}

TEST_F(NftablesTest, LivesWithoutFileDescriptors) {
  rlimit before;
  ASSERT_EQ(0, ::getrlimit(RLIMIT_NOFILE, &before));
  for (rlim_t limit = 0; limit <= 5; ++limit) {
    const rlimit tight{limit, before.rlim_max};
    ASSERT_EQ(0, ::setrlimit(RLIMIT_NOFILE, &tight));
    const Failure failure = nftables::run("add table inet t");
    ASSERT_EQ(0, ::setrlimit(RLIMIT_NOFILE, &before));
    if (limit <= 3) {  // descriptor 3 would be the first of its own
      ASSERT_TRUE(failure);
      EXPECT_EQ(EMFILE, failure->number) << failure->message;
    } else {
      EXPECT_TRUE(done(failure));
    }
  }
}

}  // namespace
