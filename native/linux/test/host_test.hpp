#pragma once

#include <dirent.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <cerrno>
#include <cstring>

#include "error.hpp"
#include "shell.hpp"

// A test on a host of its own: a new network namespace with an address on lo and no default route. It goes away with
// the test's process, however that ends.
class HostTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(0, ::unshare(CLONE_NEWNET)) << std::strerror(errno) << ": these tests need root";
    ASSERT_EQ(0, sh("ip link set lo up && ip address add 198.18.255.1/32 dev lo && "
                    "ip address add 2001:db8:ffff::1/128 dev lo nodad").status);
    // A worker of the kernel's adds the address's route: late on a busy machine, in the midst of a test that compares all routes.
    ASSERT_EQ(0, sh("for i in $(seq 500); do ip -6 route show table local | grep -q 2001:db8:ffff::1 && exit 0; "
                    "sleep 0.01; done; exit 1").status);
  }

  // The files that this process has open.
  static int descriptors() {
    int count = 0;
    DIR* directory = ::opendir("/proc/self/fd");
    while (::readdir(directory) != nullptr) {
      ++count;
    }
    ::closedir(directory);
    return count;
  }
};

// Whether the output has the part; says what it has instead.
inline testing::AssertionResult has(const std::string& output, const std::string& part) {
  if (output.find(part) != std::string::npos) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << "\"" << part << "\" is not in: " << output;
}

inline testing::AssertionResult done(const calicomesos::kernel::Failure& failure) {
  return failure ? testing::AssertionFailure() << failure->message : testing::AssertionSuccess();
}

template <typename T>
testing::AssertionResult done(const calicomesos::kernel::Result<T>& result) {
  return result.ok() ? testing::AssertionSuccess() : testing::AssertionFailure() << result.error().message;
}
