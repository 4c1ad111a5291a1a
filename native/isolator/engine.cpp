#include "isolator/engine.hpp"

#include <utility>

#include <glog/logging.h>

#include "isolator/parameters.hpp"

namespace calico {

namespace {

/// How long a destroyed isolator waits for calls that are under way.
constexpr jlong CLOSE_MILLISECONDS = 10'000;

} // namespace {


Result<std::unique_ptr<Engine>> Engine::create(const std::string& moduleName, const mesos::Parameters& parameters)
{
  Result<jvm::Options> options = jvmOptions(parameters);
  if (!options.ok()) {
    return Failed{options.error()};
  }
  Result<jvm::Jvm*> jvm = jvm::Jvm::start(options.value());
  if (!jvm.ok()) {
    return Failed{jvm.error()};
  }
  JNIEnv* env = jvm.value()->attach();
  if (env == nullptr) {
    return Failed{"the Java virtual machine refused this thread: out of memory"};
  }
  if (completing().isSome()) {
    return Failed{"this agent already has an isolator of calico-mesos: name either network/calico or "
                  "io_calicomesos_NetworkIsolator in --isolation"};
  }

  std::unique_ptr<Engine> engine(new Engine(jvm.value()));
  std::optional<std::string> failed = engine->bind(env);
  if (failed) {
    return Failed{"the Java parts in " + options.value().classPath + " do not fit this library: " + *failed};
  }

  std::string serialized;
  parameters.SerializeToString(&serialized);
  jbyteArray name = arrayOf(env, moduleName);
  jbyteArray bytes = name == nullptr ? nullptr : arrayOf(env, serialized);
  auto error = bytes == nullptr ? nullptr : static_cast<jbyteArray>(
      env->CallStaticObjectMethod(engine->module, engine->createMethod, name, bytes));
  failed = jvm::takeException(env);
  if (!failed && error != nullptr) {
    failed = bytesOf(env, error);
  }
  env->DeleteLocalRef(name);
  env->DeleteLocalRef(bytes);
  env->DeleteLocalRef(error);
  if (failed) {
    return Failed{*failed};
  }

  engine->running = true;
  return Result<std::unique_ptr<Engine>>(std::move(engine));
}


Engine::Engine(jvm::Jvm* machine) : jvm(machine), promises(new Promises())
{
  completeIn(process::spawn(promises.get()));
}


std::optional<std::string> Engine::bind(JNIEnv* env)
{
  std::optional<std::string> failed = registerNatives(env);
  if (failed) {
    return failed;
  }

  jclass local = env->FindClass("io/calicomesos/module/Module");
  if (local == nullptr) {
    return jvm::takeException(env);
  }
  module = static_cast<jclass>(env->NewGlobalRef(local));
  env->DeleteLocalRef(local);

  const struct { jmethodID& method; const char* name; const char* signature; } methods[] = {
    {createMethod, "create", "([B[B)[B"},
    {recoverMethod, "recover", "(J[B)V"},
    {prepareMethod, "prepare", "(J[B[B)V"},
    {isolateMethod, "isolate", "(J[BJ)V"},
    {watchMethod, "watch", "(J[B)V"},
    {usageMethod, "usage", "(J[B)V"},
    {statusMethod, "status", "(J[B)V"},
    {cleanupMethod, "cleanup", "(J[B)V"},
    {closeMethod, "close", "(J)V"},
  };
  for (const auto& each : methods) {
    each.method = env->GetStaticMethodID(module, each.name, each.signature);
    if (each.method == nullptr) {
      return jvm::takeException(env);
    }
  }
  return std::nullopt;
}


Engine::~Engine()
{
  JNIEnv* env = jvm->attach();
  if (env != nullptr) {
    if (running) {
      env->CallStaticVoidMethod(module, closeMethod, CLOSE_MILLISECONDS);
      const std::optional<std::string> failed = jvm::takeException(env);
      if (failed) {
        LOG(WARNING) << "calico-mesos: closing: " << *failed;
      }
    }
    if (module != nullptr) {
      env->DeleteGlobalRef(module);
    }
  }

  completeIn(None());
  process::terminate(promises->self(), false); // Behind the completions that are queued already.
  process::wait(promises->self());
}


process::Future<Answer> Engine::prepare(const std::string& containerId, const std::string& config)
{
  return promise([&](JNIEnv* env, jlong number) {
    jbyteArray id = arrayOf(env, containerId);
    jbyteArray bytes = id == nullptr ? nullptr : arrayOf(env, config);
    if (bytes != nullptr) {
      env->CallStaticVoidMethod(module, prepareMethod, number, id, bytes);
    }
  });
}


process::Future<Answer> Engine::isolate(const std::string& containerId, pid_t pid)
{
  return promise([&](JNIEnv* env, jlong number) {
    jbyteArray id = arrayOf(env, containerId);
    if (id != nullptr) {
      env->CallStaticVoidMethod(module, isolateMethod, number, id, static_cast<jlong>(pid));
    }
  });
}


process::Future<Answer> Engine::call(jmethodID method, const std::string& bytes)
{
  return promise([&](JNIEnv* env, jlong number) {
    jbyteArray array = arrayOf(env, bytes);
    if (array != nullptr) {
      env->CallStaticVoidMethod(module, method, number, array);
    }
  });
}


process::Future<Answer> Engine::promise(const std::function<void(JNIEnv*, jlong)>& invoke)
{
  JNIEnv* env = jvm->attach();
  if (env == nullptr || env->PushLocalFrame(8) != JNI_OK) {
    if (env != nullptr) {
      jvm::takeException(env);
    }
    return process::Failure("the Java virtual machine refused the call: out of memory");
  }

  const uint64_t number = nextNumber++;
  std::shared_ptr<process::Promise<Answer>> promise(new process::Promise<Answer>());
  process::Future<Answer> future = promise->future();
  process::dispatch(promises->self(), &Promises::keep, number, [promise](const Result<Answer>& result) {
    if (result.ok()) {
      promise->set(result.value());
    } else {
      promise->fail(result.error());
    }
  });

  invoke(env, static_cast<jlong>(number));

  const std::optional<std::string> failed = jvm::takeException(env);
  if (failed) {
    process::dispatch(promises->self(), &Promises::fail, number, *failed);
  }
  env->PopLocalFrame(nullptr);
  return future;
}

} // namespace calico
