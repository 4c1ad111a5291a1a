#include <process/metrics/counter.hpp>
#include <process/metrics/metrics.hpp>
#include <process/metrics/timer.hpp>

#include <process/future.hpp>

#include <stout/duration.hpp>

#include <gtest/gtest.h>

namespace {

using process::metrics::Counter;
using process::metrics::Timer;
using process::metrics::snapshot;


TEST(MetricsTest, WhatWasAddedIsInTheSnapshotUntilItIsRemoved)
{
  Counter counter("test/counter");
  EXPECT_TRUE(process::metrics::add(counter).isReady());
  EXPECT_TRUE(process::metrics::add(Counter("test/counter")).isFailed());
  ++counter;
  ++counter;
  EXPECT_EQ(2, snapshot().at("test/counter"));

  EXPECT_TRUE(process::metrics::remove(counter).isReady());
  EXPECT_EQ(0u, snapshot().count("test/counter"));
  EXPECT_TRUE(process::metrics::remove(counter).isFailed());
}


TEST(MetricsTest, ATimerHasAValueOnceWhatItMeasuresIsOver)
{
  Timer<Milliseconds> timer("test/timer", Hours(1));
  ASSERT_TRUE(process::metrics::add(timer).isReady());
  process::Promise<int> promise;
  timer.time(promise.future());
  EXPECT_EQ(0u, snapshot().count("test/timer_ms"));
  promise.set(1);
  EXPECT_GE(snapshot().at("test/timer_ms"), 0);
  process::metrics::remove(timer);
}

} // namespace {
