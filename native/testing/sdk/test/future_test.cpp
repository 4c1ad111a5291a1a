#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <process/collect.hpp>
#include <process/future.hpp>

#include <stout/nothing.hpp>
#include <stout/option.hpp>

using process::Failure;
using process::Future;
using process::Promise;

TEST(FutureTest, IsPendingUntilItsPromiseIsSet)
{
  Promise<int> promise;
  Future<int> future = promise.future();
  EXPECT_TRUE(future.isPending());
  EXPECT_FALSE(future.await(Milliseconds(1)));

  EXPECT_TRUE(promise.set(3));
  EXPECT_TRUE(future.isReady());
  EXPECT_EQ(3, future.get());
  EXPECT_EQ(3, *future.operator->());
}


TEST(FutureTest, IsCompletedOnlyOnce)
{
  Promise<int> promise;
  EXPECT_TRUE(promise.set(3));
  EXPECT_FALSE(promise.set(4));
  EXPECT_FALSE(promise.fail("late"));
  EXPECT_FALSE(promise.discard());
  EXPECT_FALSE(promise.associate(5));
  EXPECT_EQ(3, promise.future().get());
}


TEST(FutureTest, MadeFromValuesFailuresAndNone)
{
  Future<Option<std::string>> none = None();
  EXPECT_TRUE(none.get().isNone());

  Future<Option<std::string>> some = std::string("x");
  EXPECT_EQ("x", some.get().get());

  Future<Nothing> nothing = Nothing();
  EXPECT_TRUE(nothing.isReady());

  Future<int> failed = Failure("broken");
  EXPECT_TRUE(failed.isFailed());
  EXPECT_EQ("broken", failed.failure());

  Future<int> tried = Try<int>(Error("tried"));
  EXPECT_EQ("tried", tried.failure());
}


TEST(FutureTest, GetOfAFailedFutureEndsTheProgram)
{
  Future<int> failed = Failure("broken");
  EXPECT_DEATH(failed.get(), "Failed: broken");
  Future<int> ready = 1;
  EXPECT_DEATH(ready.failure(), "Ready");
}


TEST(FutureTest, CallbacksBeforeAndAfterCompletion)
{
  std::vector<std::string> called;
  Promise<int> promise;
  auto listen = [&](const std::string& when) {
    promise.future()
      .onReady([&called, when](int i) { called.push_back(when + " ready " + std::to_string(i)); })
      .onFailed([&called, when]() { called.push_back(when + " failed"); })
      .onDiscarded([&called, when]() { called.push_back(when + " discarded"); })
      .onAny([&called, when](const Future<int>& future) { called.push_back(when + " any " + std::to_string(future.get())); })
      .onAny([&called, when]() { called.push_back(when + " any"); });
  };
  listen("before");
  EXPECT_TRUE(called.empty());
  promise.set(3);
  listen("after");
  EXPECT_EQ(
      std::vector<std::string>({"before ready 3", "before any 3", "before any", "after ready 3", "after any 3", "after any"}),
      called);
}


TEST(FutureTest, FailedAndDiscardedCallbacks)
{
  std::string message;
  Future<int>(Failure("broken")).onFailed([&](const std::string& m) { message = m; }).onReady([]() { FAIL(); });
  EXPECT_EQ("broken", message);

  bool discarded = false;
  Promise<int> promise;
  promise.future().onDiscarded([&]() { discarded = true; });
  EXPECT_TRUE(promise.discard());
  EXPECT_TRUE(discarded);
  EXPECT_TRUE(promise.future().isDiscarded());
}


TEST(FutureTest, AwaitIsWokenByAnotherThread)
{
  Promise<int> promise;
  std::thread thread([&]() {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    promise.set(7);
  });
  EXPECT_TRUE(promise.future().await(Seconds(10)));
  EXPECT_EQ(7, promise.future().get());
  thread.join();
}


TEST(FutureTest, ThenWithValuesFuturesAndWithoutArgument)
{
  Promise<int> promise;
  Promise<std::string> later;
  Future<std::string> future = promise.future()
    .then([](int i) { return i + 1; })
    .then([&](const int& i) -> Future<std::string> { return i == 4 ? later.future() : Failure("not 4"); })
    .then([](const std::string& s) { return s + "!"; });
  Future<Nothing> done = promise.future().then([]() { return Nothing(); });

  promise.set(3);
  EXPECT_TRUE(done.isReady());
  EXPECT_TRUE(future.isPending());
  later.set(std::string("x"));
  EXPECT_EQ("x!", future.get());
}


TEST(FutureTest, ThenTakesWhatCannotBeCopied)
{
  Future<int> future = Future<int>(1).then([p = std::make_unique<int>(2)](int i) { return *p + i; });
  EXPECT_EQ(3, future.get());
}


TEST(FutureTest, FailurePassesThenBy)
{
  Future<int> future = Future<int>(Failure("broken")).then([](int) -> int { ADD_FAILURE(); return 0; });
  EXPECT_EQ("broken", future.failure());
}


TEST(FutureTest, RepairAndRecover)
{
  auto two = [](const Future<int>&) -> Future<int> { return 2; };
  EXPECT_EQ(1, Future<int>(1).repair(two).get());
  EXPECT_EQ(2, Future<int>(Failure("broken")).repair(two).get());

  Promise<int> promise;
  promise.discard();
  EXPECT_TRUE(promise.future().repair(two).isDiscarded());
  EXPECT_EQ(2, promise.future().recover(two).get());

  Future<int> wrapped = Future<int>(Failure("broken")).repair([](const Future<int>& future) -> Future<int> {
    return Failure("could not: " + future.failure());
  });
  EXPECT_EQ("could not: broken", wrapped.failure());
}


TEST(FutureTest, DiscardTravelsUpTheChainAndIsARequestOnly)
{
  Promise<int> promise;
  int asked = 0;
  promise.future().onDiscard([&]() { ++asked; });

  Future<int> future = promise.future().then([](int i) { return i; });
  EXPECT_TRUE(future.discard());
  EXPECT_FALSE(future.discard());
  EXPECT_TRUE(promise.future().hasDiscard());
  EXPECT_EQ(1, asked);
  EXPECT_TRUE(future.isPending());

  promise.discard();
  EXPECT_TRUE(future.isDiscarded());
}


TEST(FutureTest, ValueThatComesAfterADiscardIsNotUsed)
{
  Promise<int> promise;
  Future<int> future = promise.future().then([](int) -> int { ADD_FAILURE(); return 0; });
  future.discard();
  promise.set(1);
  EXPECT_TRUE(future.isDiscarded());
}


TEST(FutureTest, AssociatedPromiseFollowsAndObeysNobodyElse)
{
  Promise<int> inner, outer;
  EXPECT_TRUE(outer.associate(inner.future()));
  EXPECT_FALSE(outer.set(1));
  EXPECT_FALSE(outer.fail("no"));
  EXPECT_FALSE(outer.associate(2));
  outer.future().discard();
  EXPECT_TRUE(inner.future().hasDiscard());
  inner.fail("broken");
  EXPECT_EQ("broken", outer.future().failure());
}


TEST(FutureTest, ManyThreadsOneWins)
{
  for (int round = 0; round < 200; ++round) {
    Promise<int> promise;
    std::atomic<int> winners{0}, called{0};
    promise.future().onAny([&]() { ++called; });
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i]() { winners += promise.set(i) ? 1 : 0; });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    ASSERT_EQ(1, winners);
    ASSERT_EQ(1, called);
  }
}


TEST(CollectTest, AwaitTellsWhenAllAreComplete)
{
  EXPECT_TRUE(process::await(std::vector<Future<int>>()).isReady());

  Promise<int> first, second;
  auto all = process::await(std::vector<Future<int>>{first.future(), second.future()});
  first.set(1);
  EXPECT_TRUE(all.isPending());
  second.fail("broken");
  ASSERT_TRUE(all.isReady());
  EXPECT_EQ(1, all.get()[0].get());
  EXPECT_EQ("broken", all.get()[1].failure());
}
