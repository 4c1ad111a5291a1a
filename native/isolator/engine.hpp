#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <jni.h>

#include <mesos/mesos.hpp>

#include <process/future.hpp>
#include <process/process.hpp>

#include "isolator/natives.hpp"
#include "isolator/promises.hpp"

#include "jvm/exception.hpp"
#include "jvm/jvm.hpp"

#include "result.hpp"

namespace calico {

/// The Java side, io.calicomesos.module.Module, as C++ sees it: bytes in, a future out.
class Engine
{
public:
  /// Starts Java and configures it. Returns at once: nothing here waits for etcd.
  static Result<std::unique_ptr<Engine>> create(const std::string& moduleName, const mesos::Parameters& parameters);

  /// Waits, for a bounded time, for what is under way.
  ~Engine();

  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  process::Future<Answer> recover(const std::string& recovery) { return call(recoverMethod, recovery); }
  process::Future<Answer> watch(const std::string& containerId) { return call(watchMethod, containerId); }
  process::Future<Answer> usage(const std::string& containerId) { return call(usageMethod, containerId); }
  process::Future<Answer> status(const std::string& containerId) { return call(statusMethod, containerId); }
  process::Future<Answer> cleanup(const std::string& containerId) { return call(cleanupMethod, containerId); }
  process::Future<Answer> prepare(const std::string& containerId, const std::string& config);
  process::Future<Answer> isolate(const std::string& containerId, pid_t pid);

private:
  explicit Engine(jvm::Jvm* jvm);

  std::optional<std::string> bind(JNIEnv* env);
  process::Future<Answer> call(jmethodID method, const std::string& bytes);

  /// Keeps a promise and lets `invoke` hand its number to Java; a call that throws fails the promise.
  process::Future<Answer> promise(const std::function<void(JNIEnv*, jlong)>& invoke);

  jvm::Jvm* const jvm;
  jclass module = nullptr;
  jmethodID createMethod = nullptr;
  jmethodID recoverMethod = nullptr;
  jmethodID prepareMethod = nullptr;
  jmethodID isolateMethod = nullptr;
  jmethodID watchMethod = nullptr;
  jmethodID usageMethod = nullptr;
  jmethodID statusMethod = nullptr;
  jmethodID cleanupMethod = nullptr;
  jmethodID closeMethod = nullptr;
  bool running = false;

  std::atomic<uint64_t> nextNumber{1};
  std::unique_ptr<Promises> promises;
};

} // namespace calico
