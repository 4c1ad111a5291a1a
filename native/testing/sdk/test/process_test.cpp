#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <process/defer.hpp>
#include <process/dispatch.hpp>
#include <process/id.hpp>
#include <process/process.hpp>

#include <stout/nothing.hpp>

using process::Failure;
using process::Future;
using process::PID;
using process::Promise;

namespace {

class Counter : public process::Process<Counter>
{
public:
  Counter() : ProcessBase(process::ID::generate("counter")) {}
  ~Counter() override { gone = true; }

  void add(int i)
  {
    if (busy.exchange(true)) {
      overlapped = true;
    }
    sum += i;
    seen.push_back(i);
    busy = false;
  }

  int get() { return sum; }
  Future<std::string> later(const std::string& prefix, std::unique_ptr<int> i) { return prefix + std::to_string(*i); }
  Future<int> fails() { return Failure("broken"); }
  void block(const Future<int>& future) { future.await(); }
  std::thread::id thread() { return std::this_thread::get_id(); }

  int sum = 0;
  std::vector<int> seen;
  std::atomic<bool> busy{false}, overlapped{false};
  static inline std::atomic<bool> initialized{false}, finalized{false}, gone{false};

protected:
  void initialize() override { initialized = true; }
  void finalize() override { finalized = true; }
};


class ProcessTest : public ::testing::Test
{
protected:
  void SetUp() override
  {
    Counter::initialized = Counter::finalized = Counter::gone = false;
    pid = process::spawn(counter);
  }

  void TearDown() override
  {
    process::terminate(counter);
    process::wait(counter);
  }

  Counter counter;
  PID<Counter> pid;
};

} // namespace {


TEST_F(ProcessTest, DispatchesMethodsOfEveryKind)
{
  process::dispatch(pid, &Counter::add, 3);
  EXPECT_EQ(3, process::dispatch(pid, &Counter::get).get());
  EXPECT_EQ("x7", process::dispatch(&counter, &Counter::later, "x", std::make_unique<int>(7)).get());
  EXPECT_EQ("broken", [&]() { auto f = process::dispatch(counter, &Counter::fails); f.await(); return f.failure(); }());
  EXPECT_EQ(5, process::dispatch(pid, []() { return 5; }).get());
  EXPECT_TRUE(Counter::initialized);
}


TEST_F(ProcessTest, RunsOnAWorkerAndNotOnTheCaller)
{
  EXPECT_NE(std::this_thread::get_id(), process::dispatch(pid, &Counter::thread).get());
}


TEST_F(ProcessTest, OneMessageAtATimeInTheOrderSent)
{
  constexpr int PER_THREAD = 2000;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t]() {
      for (int i = 0; i < PER_THREAD; ++i) {
        process::dispatch(pid, &Counter::add, t * PER_THREAD + i);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  process::dispatch(pid, &Counter::get).await();

  EXPECT_FALSE(counter.overlapped);
  ASSERT_EQ(4u * PER_THREAD, counter.seen.size());
  std::vector<int> next(4, 0);
  for (int i : counter.seen) {
    ASSERT_EQ(next[i / PER_THREAD]++, i % PER_THREAD);
  }
}


TEST_F(ProcessTest, ABlockedActorDoesNotBlockOthers)
{
  Promise<int> promise;
  process::dispatch(pid, &Counter::block, promise.future());

  Counter other;
  process::spawn(other);
  EXPECT_TRUE(process::dispatch(other.self(), &Counter::get).await(Seconds(10)));
  process::terminate(other);
  process::wait(other);
  promise.set(1);
}


TEST_F(ProcessTest, TerminateOvertakesAndDropsWhatIsQueued)
{
  Promise<int> promise;
  process::dispatch(pid, &Counter::block, promise.future());
  Future<int> dropped = process::dispatch(pid, &Counter::get);
  process::terminate(pid);
  promise.set(1);
  process::wait(pid);
  EXPECT_TRUE(Counter::finalized);
  EXPECT_TRUE(dropped.isPending());

  EXPECT_TRUE(process::dispatch(pid, &Counter::get).isPending());
  EXPECT_FALSE(process::wait(pid));
}


TEST_F(ProcessTest, TerminateBehindWhatIsQueued)
{
  Promise<int> promise;
  process::dispatch(pid, &Counter::block, promise.future());
  Future<int> future = process::dispatch(pid, &Counter::get);
  process::terminate(pid, false);
  EXPECT_FALSE(process::wait(pid, Milliseconds(10)));
  promise.set(1);
  process::wait(pid);
  EXPECT_TRUE(future.isReady());
}


TEST_F(ProcessTest, WaitForALimitedTime)
{
  EXPECT_FALSE(process::wait(pid, Milliseconds(1)));
}


TEST_F(ProcessTest, DeferRunsInTheActor)
{
  Promise<int> promise;
  Future<std::thread::id> future =
    promise.future().then(process::defer(pid, [](int) { return std::this_thread::get_id(); }));
  Future<Nothing> nothing = promise.future().then(process::defer(pid, []() -> Future<Nothing> { return Nothing(); }));
  promise.set(1);
  EXPECT_NE(std::this_thread::get_id(), future.get());
  EXPECT_TRUE(nothing.await(Seconds(10)));
}


TEST(ProcessLifeTest, ManagedActorIsDeleted)
{
  Counter::gone = false;
  Counter* counter = new Counter();
  PID<Counter> pid = process::spawn(counter, true);
  Future<int> last = process::dispatch(pid, []() { return 1; });
  process::terminate(pid, false);
  EXPECT_EQ(1, last.get());
  for (int i = 0; i < 10'000 && !Counter::gone; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_TRUE(Counter::gone);
}


TEST(ProcessLifeTest, WhatIsSentBeforeSpawnIsDropped)
{
  Counter counter;
  process::dispatch(counter.self(), &Counter::add, 1);
  EXPECT_FALSE(process::wait(counter));

  process::spawn(counter);
  EXPECT_EQ(0, process::dispatch(counter.self(), &Counter::get).get());
  process::terminate(counter);
  process::wait(counter);
}


TEST(ProcessLifeTest, DestroyedWhileItRuns)
{
  EXPECT_DEATH({ Counter counter; process::spawn(counter); }, "is destroyed while it runs");
}


TEST(ProcessLifeTest, FinalizeEndsTheWorkers)
{
  Counter counter;
  process::spawn(counter);
  process::terminate(counter, false);
  process::wait(counter);
  process::finalize();
}


TEST(IdTest, CountsPerPrefix)
{
  EXPECT_EQ("id-test(1)", process::ID::generate("id-test"));
  EXPECT_EQ("id-test(2)", process::ID::generate("id-test"));
  EXPECT_EQ("id-test-other(1)", process::ID::generate("id-test-other"));
}
