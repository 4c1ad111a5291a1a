#pragma once

#include <string>
#include <vector>

#include <jni.h>

#include "result.hpp"

namespace calico::jvm {

/// How the virtual machine is started.
struct Options
{
  /// Directory of a JDK or JRE; empty: JAVA_HOME, then the distribution's default.
  std::string javaHome;

  /// Directory of the class path: of the jar that is run, whose manifest names the others beside it (empty: of classes), and
  /// perhaps of a class-data archive, classes.jsa, made with this very class path.
  std::string classPath;
  std::string mainJar;

  /// Directory in which System.loadLibrary looks.
  std::string libraryPath;

  /// Largest heap, as after -Xmx.
  std::string heap = "64m";

  /// Further options as on java's command line; they come last and so win.
  std::vector<std::string> more;
};


/// The one Java virtual machine of this process. It is never destroyed: HotSpot cannot be started twice in a process.
class Jvm
{
public:
  /// Starts the virtual machine, or returns the one that an earlier call started. Fails with what was missing and where, or
  /// when somebody else has started a virtual machine in this process.
  static Result<Jvm*> start(const Options& options);

  Jvm(const Jvm&) = delete;
  Jvm& operator=(const Jvm&) = delete;

  /// The environment of the calling thread, which is attached as a daemon until it ends. Null only if the virtual machine
  /// refuses, for want of memory.
  JNIEnv* attach();

  /// Path of the libjvm.so that runs.
  const std::string& library() const { return libraryPath; }

private:
  Jvm(JavaVM* machine, std::string library) : vm(machine), libraryPath(std::move(library)) {}

  JavaVM* const vm;
  const std::string libraryPath;
};

} // namespace calico::jvm
