#include "jvm/jvm.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <clocale>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "jvm/exception.hpp"
#include "jvm/libjvm.hpp"

namespace calico::jvm {

namespace fs = std::filesystem;

// There is one virtual machine in a process: ctest runs every test in a process of its own.
class JvmTest : public ::testing::Test
{
protected:
  void SetUp() override
  {
    directory = fs::temp_directory_path() / ("jvm_test." + std::to_string(getpid()));
    fs::create_directories(directory);
    options.classPath = TEST_CLASSES;
  }

  void TearDown() override { fs::remove_all(directory); }

  jclass subject(JNIEnv* env) { return env->FindClass("JvmTestSubject"); }

  std::string thrownBy(JNIEnv* env, const char* method)
  {
    jclass type = subject(env);
    env->CallStaticVoidMethod(type, env->GetStaticMethodID(type, method, "()V"));
    return takeException(env).value_or("nothing was thrown");
  }

  fs::path directory;
  Options options;
};


/// What this process has mapped.
struct Mapped
{
  bool address = false;
  size_t codeBytes = 0; // Memory to write code to and run it.
  int archives = 0;
};


Mapped mapped(const void* address)
{
  Mapped mapped;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    uintptr_t begin = 0;
    uintptr_t end = 0;
    char rights[5] = {};
    sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " %4s", &begin, &end, rights);
    const uintptr_t wanted = reinterpret_cast<uintptr_t>(address);
    mapped.address = mapped.address || (begin <= wanted && wanted < end);
    mapped.codeBytes += strcmp(rights, "rwxp") == 0 ? end - begin : 0;
    mapped.archives += line.find(".jsa") == std::string::npos ? 0 : 1;
  }
  return mapped;
}


TEST_F(JvmTest, WrongJavaHomeIsNamedAndNotPassedOver)
{
  options.javaHome = "/no/such/java";
  Result<Jvm*> jvm = Jvm::start(options);
  ASSERT_FALSE(jvm.ok());
  EXPECT_NE(jvm.error().find("/no/such/java/lib/server/libjvm.so (parameter java_home)"), std::string::npos) << jvm.error();
  EXPECT_EQ(jvm.error().find("/usr/lib/jvm"), std::string::npos) << jvm.error();
}


TEST_F(JvmTest, AChildThatCallsExitEnds)
{
  Result<Jvm*> jvm = Jvm::start(options);
  ASSERT_TRUE(jvm.ok()) << jvm.error();
  ASSERT_NE(jvm.value()->attach(), nullptr);
  const pid_t child = fork();
  if (child == 0) {
    alarm(20); // Should it wait.
    exit(7);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 7);
}


TEST_F(JvmTest, WhatOnlyJavaUsesIsNotInChildren)
{
  Result<Jvm*> jvm = Jvm::start(options);
  ASSERT_TRUE(jvm.ok()) << jvm.error();
  JNIEnv* env = jvm.value()->attach();
  ASSERT_NE(env, nullptr);
  jbyteArray array = env->NewByteArray(1);
  void* inHeap = env->GetPrimitiveArrayCritical(array, nullptr);
  env->ReleasePrimitiveArrayCritical(array, inHeap, JNI_ABORT);

  const Mapped here = mapped(inHeap);
  EXPECT_TRUE(here.address);
  EXPECT_GE(here.codeBytes, 32u << 20);
  EXPECT_GT(here.archives, 0);

  int fds[2];
  ASSERT_EQ(pipe(fds), 0);
  const pid_t child = fork();
  if (child == 0) {
    const Mapped there = mapped(inHeap);
    _exit(write(fds[1], &there, sizeof(there)) == sizeof(there) ? 0 : 1);
  }
  close(fds[1]);
  Mapped there;
  ASSERT_EQ(read(fds[0], &there, sizeof(there)), static_cast<ssize_t>(sizeof(there)));
  close(fds[0]);
  waitpid(child, nullptr, 0);
  EXPECT_FALSE(there.address);
  EXPECT_EQ(there.codeBytes, 0u);
  EXPECT_EQ(there.archives, 0);
}


TEST_F(JvmTest, WhatTheAgentAndItsContainersHaveStays)
{
  rlimit files{};
  ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &files));
  ASSERT_GT(files.rlim_max, 512U);
  files.rlim_cur = 512;
  ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
  ASSERT_TRUE(std::ofstream("/proc/self/coredump_filter") << "0x33" << std::flush);
  setenv("LC_ALL", "C.UTF-8", 1);

  Result<Jvm*> jvm = Jvm::start(options);
  ASSERT_TRUE(jvm.ok()) << jvm.error();

  ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &files));
  EXPECT_EQ(512U, files.rlim_cur);
  std::string filter;
  std::ifstream("/proc/self/coredump_filter") >> filter;
  EXPECT_EQ("00000033", filter);
  EXPECT_STREQ("C", setlocale(LC_ALL, nullptr));
  EXPECT_FALSE(fs::exists("/tmp/.java_pid" + std::to_string(getpid())));
}


TEST_F(JvmTest, TheCodeMayBeLimited)
{
  options.more = {"-XX:ReservedCodeCacheSize=16m"};
  Result<Jvm*> jvm = Jvm::start(options);
  ASSERT_TRUE(jvm.ok()) << jvm.error();
}


TEST_F(JvmTest, TheSecondCompilerMayBeHad)
{
  options.more = {"-XX:TieredStopAtLevel=4"};
  Result<Jvm*> jvm = Jvm::start(options);
  ASSERT_TRUE(jvm.ok()) << jvm.error();
}


TEST_F(JvmTest, JavaHomeOfTheEnvironmentIsUsed)
{
  setenv("JAVA_HOME", "/no/such/environment", 1);
  Result<Libjvm> libjvm = openLibjvm("");
  ASSERT_FALSE(libjvm.ok());
  EXPECT_NE(libjvm.error().find("/no/such/environment"), std::string::npos) << libjvm.error();
}


TEST_F(JvmTest, NoJavaOnTheMachineIsSaidWithWhatWasLookedFor)
{
  // A machine without Java: a child whose mounts hide it.
  int out[2];
  ASSERT_EQ(pipe(out), 0);
  const pid_t child = fork();
  if (child == 0) {
    unsetenv("JAVA_HOME");
    const bool hidden = unshare(CLONE_NEWNS) == 0 &&
      (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 || errno == EINVAL) &&
      mount("none", "/usr/lib/jvm", "tmpfs", 0, nullptr) == 0;
    const Result<Libjvm> libjvm = openLibjvm("");
    const std::string said = !hidden ? "cannot hide Java" : libjvm.ok() ? "found " + libjvm.value().path : libjvm.error();
    _exit(write(out[1], said.data(), said.size()) < 0 ? 1 : 0);
  }
  close(out[1]);
  char buffer[4096] = "";
  ASSERT_GT(read(out[0], buffer, sizeof(buffer) - 1), 0);
  close(out[0]);
  waitpid(child, nullptr, 0);
  const std::string said = buffer;
  EXPECT_NE(said.find("no Java virtual machine found; looked for: "), std::string::npos) << said;
  EXPECT_NE(said.find("/usr/lib/jvm/default-java/lib/server/libjvm.so"), std::string::npos) << said;
  EXPECT_NE(said.find("openjdk-17-jre-headless"), std::string::npos) << said;
}


TEST_F(JvmTest, FileThatIsNoVirtualMachine)
{
  fs::create_directories(directory / "lib/server");
  std::ofstream(directory / "lib/server/libjvm.so") << "not a library";
  Result<Libjvm> libjvm = openLibjvm(directory.string());
  ASSERT_FALSE(libjvm.ok());
  EXPECT_NE(libjvm.error().find("cannot open"), std::string::npos) << libjvm.error();
}


TEST_F(JvmTest, MissingJarIsNamed)
{
  options.classPath = directory.string();
  options.mainJar = "calico-mesos.jar";
  Result<Jvm*> jvm = Jvm::start(options);
  ASSERT_FALSE(jvm.ok());
  EXPECT_NE(jvm.error().find("calico-mesos.jar is missing in " + directory.string()), std::string::npos) << jvm.error();
}


TEST_F(JvmTest, MissingDirectoryIsNamed)
{
  options.classPath = "/no/such/directory";
  options.mainJar = "calico-mesos.jar";
  Result<Jvm*> jvm = Jvm::start(options);
  ASSERT_FALSE(jvm.ok());
  EXPECT_NE(jvm.error().find("/no/such/directory"), std::string::npos) << jvm.error();
}


TEST_F(JvmTest, BadOptionFailsWithWhatTheMachineSays)
{
  options.more.push_back("-XX:+NoSuchOption");
  Result<Jvm*> jvm = Jvm::start(options);
  ASSERT_FALSE(jvm.ok());
  EXPECT_NE(jvm.error().find("NoSuchOption"), std::string::npos) << jvm.error();
}


TEST_F(JvmTest, StartsOnceAndAttachesThreadsAsDaemons)
{
  Result<Jvm*> jvm = Jvm::start(options);
  ASSERT_TRUE(jvm.ok()) << jvm.error();
  EXPECT_EQ(Jvm::start(options).value(), jvm.value());

  for (int i = 0; i < 3; i++) {
    std::thread([&] {
      JNIEnv* env = jvm.value()->attach();
      ASSERT_NE(env, nullptr);
      EXPECT_EQ(jvm.value()->attach(), env);
      jclass type = subject(env);
      ASSERT_NE(type, nullptr);
      EXPECT_EQ(env->CallStaticIntMethod(type, env->GetStaticMethodID(type, "answer", "()I")), 42);
      EXPECT_TRUE(env->CallStaticBooleanMethod(type, env->GetStaticMethodID(type, "daemon", "()Z")));
    }).join();
  }
}


TEST_F(JvmTest, ExceptionBecomesOneLineWithItsCauses)
{
  Result<Jvm*> jvm = Jvm::start(options);
  ASSERT_TRUE(jvm.ok()) << jvm.error();
  JNIEnv* env = jvm.value()->attach();

  EXPECT_FALSE(takeException(env).has_value());
  EXPECT_EQ(
      thrownBy(env, "fail"),
      "java.lang.IllegalStateException: outer; caused by java.lang.IllegalArgumentException: inner ü");
  EXPECT_EQ(thrownBy(env, "failInCircles").find("java.lang.IllegalStateException: circle; caused by"), 0u);
  EXPECT_NE(thrownBy(env, "failUndescribably").find("cannot be described"), std::string::npos);
  EXPECT_FALSE(env->ExceptionCheck());
}


TEST_F(JvmTest, ExhaustedHeapIsAnErrorLikeAnyOther)
{
  options.heap = "16m";
  Result<Jvm*> jvm = Jvm::start(options);
  ASSERT_TRUE(jvm.ok()) << jvm.error();
  JNIEnv* env = jvm.value()->attach();
  EXPECT_NE(thrownBy(env, "exhaustHeap").find("OutOfMemoryError"), std::string::npos);
  jclass type = subject(env);
  EXPECT_EQ(env->CallStaticIntMethod(type, env->GetStaticMethodID(type, "answer", "()I")), 42);
}

} // namespace calico::jvm
