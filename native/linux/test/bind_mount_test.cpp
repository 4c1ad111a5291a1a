#include "bind_mount.hpp"

#include <sys/mount.h>

#include <cstdlib>

#include "container.hpp"
#include "host_test.hpp"

using namespace calicomesos::kernel;

namespace {

// In a mount namespace of its own, as is its network.
class BindMountTest : public HostTest {
 protected:
  void SetUp() override {
    HostTest::SetUp();
    ASSERT_EQ(0, ::unshare(CLONE_NEWNS));
    ASSERT_EQ(0, ::mount(nullptr, "/", nullptr, MS_PRIVATE | MS_REC, nullptr));
    char directory[] = "/tmp/bind_mount_test.XXXXXX";
    ASSERT_NE(nullptr, ::mkdtemp(directory));
    file_ = std::string(directory) + "/file";
    ASSERT_EQ(0, sh("touch " + file_).status);
  }

  void TearDown() override {
    bind_mount::remove(file_);
    sh("rm -r $(dirname " + file_ + ")");
  }

  std::string file_;
};

TEST_F(BindMountTest, HoldsANetworkNamespaceBeyondItsProcess) {
  Container container;
  container.sh("ip address add 198.18.7.7/32 dev lo");
  ASSERT_TRUE(done(bind_mount::make(container.network_namespace(), file_)));
  container.kill();
  EXPECT_TRUE(has(sh("nsenter --net=" + file_ + " ip address show dev lo").output, "198.18.7.7/32"));
}

TEST_F(BindMountTest, RemovesWhatIsMountedAndSaysSo) {
  const Container container;
  ASSERT_TRUE(done(bind_mount::make(container.network_namespace(), file_)));
  ASSERT_TRUE(done(bind_mount::make(container.network_namespace(), file_)));
  EXPECT_TRUE(bind_mount::remove(file_).value());
  EXPECT_EQ("0\n", sh("grep -c " + file_ + " /proc/self/mountinfo").output);
  EXPECT_FALSE(bind_mount::remove(file_).value());
}

TEST_F(BindMountTest, SaysWhatIsMissing) {
  EXPECT_EQ("mounting /proc/999999999/ns/net over " + file_ + ": No such file or directory (ENOENT)",
            bind_mount::make("/proc/999999999/ns/net", file_)->message);
  EXPECT_EQ(ENOENT, bind_mount::remove(file_ + ".absent").error().number);
}

}  // namespace
