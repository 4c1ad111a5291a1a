#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "agent_under_test.hpp"
#include "image.hpp"
#include "launcher.hpp"
#include "process_table.hpp"
#include "reaper.hpp"

namespace calico::agent {

class LauncherTest : public AgentTest
{
protected:
  LaunchSpec script(const std::string& text)
  {
    LaunchSpec spec;
    spec.argv = {"sh", "-c", text};
    spec.environment = {{"PATH", "/usr/bin:/bin"}};
    spec.sandbox = directory;
    return spec;
  }

  static int statusOf(pid_t pid)
  {
    int status = -1;
    waitpid(pid, &status, 0);
    return status;
  }

  bool there(const std::string& name) { return access(path(name).c_str(), F_OK) == 0; }
};


TEST_F(LauncherTest, RunsOnceItIsUnblocked)
{
  Try<BlockedProcess> process = BlockedProcess::clone(script("touch ran; exit 3"));
  ASSERT_TRUE(process.isSome()) << process.error();
  usleep(50'000);
  EXPECT_FALSE(there("ran"));
  EXPECT_TRUE(process->unblock().isSome());
  EXPECT_EQ(3, WEXITSTATUS(statusOf(process->id().pid)));
  EXPECT_TRUE(there("ran"));
}


TEST_F(LauncherTest, EndsWithoutHavingRunWhenTheAgentGoes)
{
  pid_t pid;
  {
    Try<BlockedProcess> process = BlockedProcess::clone(script("touch ran"));
    pid = process->id().pid;
  }
  EXPECT_EQ(1, WEXITSTATUS(statusOf(pid)));
  EXPECT_FALSE(there("ran"));
}


TEST_F(LauncherTest, DoesNotHoldUpTheEndOfAnother)
{
  Option<BlockedProcess> first = Option<BlockedProcess>(std::move(BlockedProcess::clone(script("true")).get()));
  Try<BlockedProcess> second = BlockedProcess::clone(script("true"));
  const pid_t pid = first->id().pid;
  first = None();
  EXPECT_TRUE(endsSoon(pid));
  EXPECT_TRUE(findProcess(second->id().pid).isSome());
}


TEST_F(LauncherTest, InheritsNoDescriptors)
{
  const FileDescriptor inheritable(open("/dev/null", O_RDONLY));
  Try<BlockedProcess> process = BlockedProcess::clone(script("ls /proc/$$/fd"));
  ASSERT_TRUE(process->unblock().isSome());
  statusOf(process->id().pid);
  EXPECT_EQ("0\n1\n2\n", contentOf("stdout"));
}


TEST_F(LauncherTest, MountsDoNotReachTheHost)
{
  // As on most hosts, mounts are shared; here those of the test itself.
  ASSERT_EQ(0, unshare(CLONE_NEWNS));
  ASSERT_EQ(0, mount(nullptr, "/", nullptr, MS_SHARED | MS_REC, nullptr));
  mkdir(path("mounted").c_str(), 0755);
  LaunchSpec spec = script("touch mounted/file; ls mounted");
  spec.launchInfo.add_clone_namespaces(CLONE_NEWNS);
  mesos::slave::ContainerMountInfo* tmpfs = spec.launchInfo.add_mounts();
  tmpfs->set_target(path("mounted"));
  tmpfs->set_type("tmpfs");

  Try<BlockedProcess> process = BlockedProcess::clone(spec);
  ASSERT_TRUE(process.isSome()) << process.error();
  ASSERT_TRUE(process->unblock().isSome());
  EXPECT_EQ(0, statusOf(process->id().pid));
  EXPECT_EQ("file\n", contentOf("stdout"));
  EXPECT_FALSE(there("mounted/file"));
}


TEST_F(LauncherTest, AReadOnlyMountIsReadOnly)
{
  for (const char* name : {"shown", "original"}) {
    close(creat(path(name).c_str(), 0644));
  }
  LaunchSpec spec = script("echo changed > shown");
  spec.launchInfo.add_clone_namespaces(CLONE_NEWNS);
  mesos::slave::ContainerMountInfo* shown = spec.launchInfo.add_mounts();
  shown->set_source(path("original"));
  shown->set_target(path("shown"));
  shown->set_flags(MS_BIND | MS_RDONLY);

  Try<BlockedProcess> process = BlockedProcess::clone(spec);
  ASSERT_TRUE(process.isSome()) << process.error();
  ASSERT_TRUE(process->unblock().isSome());
  EXPECT_NE(0, statusOf(process->id().pid));
  EXPECT_NE(std::string::npos, contentOf("stderr").find("Read-only file system")) << contentOf("stderr");
  EXPECT_EQ("", contentOf("original"));
}


TEST_F(LauncherTest, AnImageIsAllThatItsContainerSees)
{
  const std::string image = path("image");
  ASSERT_EQ(0, system(("mkdir -p " + image + "/bin " + image + "/proc " + image + "/sys " + image + "/etc && "
                       "cp /bin/busybox " + image + "/bin/sh && touch " + image + "/etc/hosts").c_str()));
  close(creat(path("hosts").c_str(), 0644));
  ASSERT_EQ(0, system(("echo of the isolator > " + path("hosts")).c_str()));
  LaunchSpec spec = script("busybox cat /etc/hosts; busybox ls /; busybox ls /sys/class/net; busybox wc -l < /proc/mounts");
  spec.argv[0] = "/bin/sh";
  spec.launchInfo.add_clone_namespaces(CLONE_NEWNET);
  mesos::slave::ContainerMountInfo* hosts = spec.launchInfo.add_mounts();
  hosts->set_source(path("hosts"));
  hosts->set_target(image + "/etc/hosts");
  hosts->set_flags(MS_BIND);
  addImage(image, &spec.launchInfo);

  Try<BlockedProcess> process = BlockedProcess::clone(spec);
  ASSERT_TRUE(process.isSome()) << process.error();
  ASSERT_TRUE(process->unblock().isSome());
  EXPECT_EQ(0, statusOf(process->id().pid)) << contentOf("stderr");
  // The interfaces of its own network namespace; the image, its two file systems and the isolator's file.
  EXPECT_EQ("of the isolator\nbin\netc\nproc\nsys\nlo\n4\n", contentOf("stdout"));
}


TEST_F(LauncherTest, RunsTheIsolatorsCommandsFirst)
{
  LaunchSpec spec = script("cat prepared");
  spec.launchInfo.add_pre_exec_commands()->set_value("echo yes > prepared");
  Try<BlockedProcess> process = BlockedProcess::clone(spec);
  ASSERT_TRUE(process->unblock().isSome());
  EXPECT_EQ(0, statusOf(process->id().pid));
  EXPECT_EQ("yes\n", contentOf("stdout"));

  spec.launchInfo.add_pre_exec_commands()->set_value("false");
  process = BlockedProcess::clone(spec);
  ASSERT_TRUE(process->unblock().isSome());
  EXPECT_EQ(1, WEXITSTATUS(statusOf(process->id().pid)));
  EXPECT_NE(std::string::npos, contentOf("stderr").find("cannot run the isolator's command false"));
}


TEST_F(LauncherTest, SaysWhatCouldNotBeDone)
{
  LaunchSpec spec = script("true");
  spec.sandbox = "/no/such/sandbox";
  EXPECT_EQ("the new process: enter the sandbox: No such file or directory", BlockedProcess::clone(spec).error());

  spec = script("true");
  spec.parent = getpid();
  spec.launchInfo.add_enter_namespaces(CLONE_NEWPID);
  EXPECT_NE(std::string::npos, BlockedProcess::clone(spec).error().find("which this agent cannot enter"));
}


TEST_F(LauncherTest, ReaperTellsTheStatus)
{
  Reaper reaper;
  Try<BlockedProcess> process = BlockedProcess::clone(script("exit 5"));
  const process::Future<Option<int>> exited = reaper.exited(process->id().pid);
  EXPECT_TRUE(exited.isPending());
  ASSERT_TRUE(process->unblock().isSome());
  EXPECT_EQ(5, WEXITSTATUS(exited.get().get()));
  EXPECT_TRUE(reaper.exited(process->id().pid).get().isNone());
}


TEST_F(LauncherTest, ReaperTellsItOnceAlsoWhileAnotherProcessHasInheritedWhatItWatches)
{
  Reaper reaper;
  Try<BlockedProcess> first = BlockedProcess::clone(script("exit 5"));
  const process::Future<Option<int>> exited = reaper.exited(first->id().pid);
  const pid_t heir = fork();
  if (heir == 0) {
    pause();
  }
  ASSERT_TRUE(first->unblock().isSome());
  EXPECT_EQ(5, WEXITSTATUS(exited.get().get()));

  Try<BlockedProcess> second = BlockedProcess::clone(script("exit 6"));
  const process::Future<Option<int>> next = reaper.exited(second->id().pid);
  ASSERT_TRUE(second->unblock().isSome());
  EXPECT_EQ(6, WEXITSTATUS(next.get().get()));
  kill(heir, SIGKILL);
  statusOf(heir);
}

} // namespace calico::agent {
