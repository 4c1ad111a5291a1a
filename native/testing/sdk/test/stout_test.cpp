#include <memory>
#include <string>

#include <gtest/gtest.h>

#include <process/owned.hpp>

#include <stout/duration.hpp>
#include <stout/error.hpp>
#include <stout/hashmap.hpp>
#include <stout/hashset.hpp>
#include <stout/lambda.hpp>
#include <stout/none.hpp>
#include <stout/option.hpp>
#include <stout/some.hpp>
#include <stout/stringify.hpp>
#include <stout/try.hpp>

TEST(OptionTest, ValueOrNone)
{
  Option<std::string> option = None();
  EXPECT_TRUE(option.isNone());
  EXPECT_EQ("other", option.getOrElse("other"));

  option = "value";
  EXPECT_TRUE(option.isSome());
  EXPECT_EQ("value", option.get());
  EXPECT_EQ(5u, option->size());
  EXPECT_EQ(Option<std::string>(Some("value")), option);
  EXPECT_NE(Option<std::string>::none(), option);
}


TEST(OptionTest, NoneHasNoValueToGive)
{
  Option<int> option;
  EXPECT_DEATH(option.get(), "Option::get\\(\\) of none");
}


TEST(OptionTest, HoldsWhatCanOnlyBeMoved)
{
  Option<std::unique_ptr<int>> option = None();
  option = Option<std::unique_ptr<int>>(std::make_unique<int>(3));
  EXPECT_EQ(3, *std::move(option).get());
}


TEST(TryTest, ValueOrError)
{
  Try<int> good = 3;
  EXPECT_TRUE(good.isSome());
  EXPECT_EQ(3, *good);

  Try<int> bad = Error("no such thing");
  EXPECT_TRUE(bad.isError());
  EXPECT_EQ("no such thing", bad.error());
  EXPECT_DEATH(bad.get(), "no such thing");

  bad = good;
  EXPECT_EQ(3, bad.get());
}


TEST(TryTest, SaysWhatTheSystemSaid)
{
  errno = ENOENT;
  Try<int> bad = ErrnoError("open /etc/nothing");
  EXPECT_EQ("open /etc/nothing: No such file or directory", bad.error());
}


TEST(HashTest, Contains)
{
  hashset<std::string> set = {"a", "b"};
  EXPECT_TRUE(set.contains("a"));
  EXPECT_FALSE(set.contains("c"));

  hashmap<std::string, int> map;
  map.put("a", 1);
  map.put("a", 2);
  EXPECT_TRUE(map.contains("a"));
  EXPECT_EQ(2, map.get("a").get());
  EXPECT_TRUE(map.get("b").isNone());
  EXPECT_EQ(hashset<std::string>({"a"}), map.keys());
}


TEST(DurationTest, Units)
{
  EXPECT_EQ(Seconds(2), Milliseconds(2000));
  EXPECT_LT(Milliseconds(1), Seconds(1));
  EXPECT_EQ(1'500'000'000, (Seconds(1) + Milliseconds(500)).ns());
  EXPECT_EQ("1.5secs", stringify(Seconds(1) + Milliseconds(500)));
}


TEST(LambdaTest, CallableOnceOwnsWhatCannotBeCopied)
{
  lambda::CallableOnce<int(int)> callable = [p = std::make_unique<int>(2)](int i) { return *p + i; };
  EXPECT_EQ(5, std::move(callable)(3));
}


TEST(OwnedTest, CopiesShareAndTheLastDeletes)
{
  struct Flag
  {
    explicit Flag(bool* _gone) : gone(_gone) {}
    ~Flag() { *gone = true; }
    bool* gone;
  };

  bool gone = false;
  process::Owned<Flag> first(new Flag(&gone));
  {
    process::Owned<Flag> second = first;
    first.reset();
    EXPECT_FALSE(gone);
  }
  EXPECT_TRUE(gone);

  gone = false;
  process::Owned<Flag> owned(new Flag(&gone));
  std::unique_ptr<Flag> released(owned.release());
  EXPECT_EQ(nullptr, owned.get());
  EXPECT_FALSE(gone);
}
