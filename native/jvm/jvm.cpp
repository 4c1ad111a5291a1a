#include "jvm/jvm.hpp"

#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <thread>

#include "jvm/libjvm.hpp"
#include "jvm/private_memory.hpp"

namespace fs = std::filesystem;

namespace calico::jvm {

namespace {

constexpr jint JNI_LEVEL = JNI_VERSION_10;

/// Detaches its thread from the virtual machine when the thread ends. Also a child of the agent's ends the thread that forked it if it calls
/// exit, as Mesos's do that enter the namespaces of a container: there is no virtual machine to talk to in there.
struct Attachment
{
  JavaVM* vm = nullptr;
  JNIEnv* env = nullptr;
  pid_t process = 0;

  ~Attachment()
  {
    if (vm != nullptr && process == getpid()) {
      vm->DetachCurrentThread();
    }
  }
};

thread_local Attachment attachment;


Result<std::string> classPathOf(const Options& options)
{
  std::error_code error;
  const fs::path path = fs::path(options.classPath) / options.mainJar;
  if (!fs::exists(path, error)) {
    return Failed{options.mainJar + " is missing in " + options.classPath + " (parameter java_classpath)"};
  }
  return path.string();
}


std::vector<std::string> commandLine(const Options& options, const std::string& classPath)
{
  std::vector<std::string> line = {
    "-Xrs", // SIGTERM, SIGINT, SIGHUP and SIGQUIT stay the agent's.
    "-Xmx" + options.heap,
    // The heap begins as large as it will be: what is mapped later would be in the agent's children (keepOutOfChildren). Not by -Xms, which
    // would have to be changed together with an -Xmx in java_options.
    "-XX:InitialRAMPercentage=100",
    "-Xmn4m", // Garbage is collected every dozen launches, within some 2 ms, instead of lying about in 20 MiB.
    "-Xss512k",
    "-XX:+UseSerialGC", // One GC thread fewer per core, and the smallest footprint.
    "-XX:TieredStopAtLevel=1",
    "-XX:CompileThresholdScaling=0.1", // A method is compiled after 20 launches, not after 200, which on a real agent take days.
    // Of what is compiled at so few calls, little is worth a copy in each of its callers.
    "-XX:C1MaxInlineLevel=2",
    "-XX:C1MaxInlineSize=12",
    // A method that Jackson calls by reflection gets no class of its own after 15 calls (Java 17, and 18 or newer).
    "-Dsun.reflect.inflationThreshold=2147483647",
    "-Djdk.reflect.useNativeAccessorOnly=true",
    "-Dio.netty.allocator.type=unpooled", // A few connections, and messages of some KiB: pools of 4 MiB would never fill.
    "-XX:-UsePerfData", // No file in /tmp per agent,
    "-XX:+DisableAttachMechanism", // nor a socket, by which whoever sees it can load code into the agent.
    "-XX:-CreateCoredumpOnCrash",
    "-XX:-MaxFDLimit", // What a process may open is inherited by every container, and so is what goes into a core file, below.
    "-Xshare:auto",
    // The archives are mapped where they were made for: anywhere else, every pointer in them is rewritten, 40 MiB of private pages.
    "-XX:+UnlockDiagnosticVMOptions",
    "-XX:ArchiveRelocationMode=0",
    "-XX:-DumpPrivateMappingsInCore",
    "-XX:-DumpSharedMappingsInCore",
    "-Djava.class.path=" + classPath,
    "-Djava.library.path=" + options.libraryPath,
    "-Djava.awt.headless=true",
    "-Xlog:cds*=off", // An archive that does not fit is left alone, and that is nothing to write to the agent's stdout.
  };
  // Not named where it is missing: Java would then leave out its own archive as well.
  const fs::path archive = fs::path(options.classPath) / "classes.jsa";
  std::error_code error;
  if (fs::exists(archive, error)) {
    line.push_back("-XX:SharedArchiveFile=" + archive.string());
  }
  // The code begins larger than it will be, for the same reason as the heap. Java does not start where it may not become so large.
  const auto said = [&options](const char* option) {
    return std::any_of(options.more.begin(), options.more.end(), [option](const std::string& each) {
      return each.find(option) != std::string::npos;
    });
  };
  if (!said("ReservedCodeCacheSize")) {
    line.push_back("-XX:InitialCodeCacheSize=32m");
  }
  // While the agent starts, a second thread that compiles takes a processor from what it waits for. Java does not start if its second
  // compiler is wanted, and has none.
  if (!said("TieredStopAtLevel")) {
    line.push_back("-XX:CICompilerCount=1");
  }
  line.insert(line.end(), options.more.begin(), options.more.end());
  return line;
}


/// What the virtual machine says of its own start goes to stderr by default, where an agent's log may not be.
std::string machineSaid;

jint JNICALL hear(FILE* stream, const char* format, va_list arguments)
{
  char text[1024];
  va_list copy;
  va_copy(copy, arguments);
  vsnprintf(text, sizeof(text), format, copy);
  va_end(copy);
  if (machineSaid.size() < 4096) {
    machineSaid += text;
  }
  return vfprintf(stream, format, arguments);
}


/// Java catches SIGPIPE in order to ignore it. Where the process ignores it already, as Mesos does, it goes on to do just that:
/// a program that it starts inherits what is ignored, and not what is caught.
class IgnoredSigpipe
{
public:
  IgnoredSigpipe() { sigaction(SIGPIPE, nullptr, &before); }

  ~IgnoredSigpipe()
  {
    if (before.sa_handler == SIG_IGN) {
      sigaction(SIGPIPE, &before, nullptr);
    }
  }

private:
  struct sigaction before;
};


/// Java sets the locale of the whole process as its environment says: the dates in the agent's HTTP headers would be in that language.
class KeptLocale
{
public:
  KeptLocale() : before(setlocale(LC_ALL, nullptr)) {}

  ~KeptLocale() { setlocale(LC_ALL, before.c_str()); }

private:
  const std::string before;
};


Result<JavaVM*> create(const Libjvm& libjvm, const std::vector<std::string>& line)
{
  // First, so that it hears what is wrong with those that follow.
  std::vector<JavaVMOption> options = {{const_cast<char*>("vfprintf"), reinterpret_cast<void*>(&hear)}};
  for (const std::string& option : line) {
    options.push_back({const_cast<char*>(option.c_str()), nullptr});
  }

  JavaVMInitArgs arguments;
  arguments.version = JNI_LEVEL;
  arguments.nOptions = static_cast<jint>(options.size());
  arguments.options = options.data();
  arguments.ignoreUnrecognized = JNI_FALSE;

  // On a thread of its own: the creating thread becomes Java's main thread, and the agent's main thread should not be that.
  const IgnoredSigpipe ignored;
  const KeptLocale kept;
  JavaVM* vm = nullptr;
  jint code = JNI_ERR;
  std::thread([&] {
    JNIEnv* env = nullptr;
    code = libjvm.createJavaVm(&vm, reinterpret_cast<void**>(&env), &arguments);
    if (code == JNI_OK) {
      vm->DetachCurrentThread();
    }
  }).join();

  if (code != JNI_OK) {
    std::string said = machineSaid.substr(0, machineSaid.find_last_not_of(" \n") + 1);
    std::replace(said.begin(), said.end(), '\n', ' ');
    return Failed{"the Java virtual machine of " + libjvm.path + " did not start (code " + std::to_string(code) + ")" +
                  (said.empty() ? "" : ": " + said) + ". Check the parameters java_heap and java_options"};
  }
  return vm;
}

} // namespace {


Result<Jvm*> Jvm::start(const Options& options)
{
  static std::mutex mutex;
  static Jvm* machine = nullptr;

  std::lock_guard<std::mutex> lock(mutex);
  if (machine != nullptr) {
    return machine;
  }

  Result<std::string> classPath = classPathOf(options);
  if (!classPath.ok()) {
    return Failed{classPath.error()};
  }

  Result<Libjvm> libjvm = openLibjvm(options.javaHome);
  if (!libjvm.ok()) {
    return Failed{libjvm.error()};
  }

  JavaVM* other = nullptr;
  jsize count = 0;
  libjvm.value().createdJavaVms(&other, 1, &count);
  if (count > 0) {
    return Failed{"this process already has a Java virtual machine, started by another module; there can be only one"};
  }

  Result<JavaVM*> vm = create(libjvm.value(), commandLine(options, classPath.value()));
  if (!vm.ok()) {
    return Failed{vm.error()};
  }
  keepOutOfChildren(libjvm.value());
  machine = new Jvm(vm.value(), libjvm.value().path);
  return machine;
}


JNIEnv* Jvm::attach()
{
  if (attachment.env != nullptr) {
    return attachment.env;
  }

  JNIEnv* env = nullptr;
  if (vm->GetEnv(reinterpret_cast<void**>(&env), JNI_LEVEL) == JNI_OK) {
    return env; // A thread that Java made, or that somebody else attached: not ours to detach.
  }

  JavaVMAttachArgs arguments{JNI_LEVEL, const_cast<char*>("mesos"), nullptr};
  if (vm->AttachCurrentThreadAsDaemon(reinterpret_cast<void**>(&env), &arguments) != JNI_OK) {
    return nullptr;
  }
  attachment.vm = vm;
  attachment.process = getpid();
  attachment.env = env;
  return env;
}

} // namespace calico::jvm
