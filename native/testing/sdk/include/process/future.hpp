#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <glog/logging.h>

#include <stout/duration.hpp>
#include <stout/error.hpp>
#include <stout/lambda.hpp>
#include <stout/option.hpp>
#include <stout/try.hpp>

namespace process {

template <typename T>
class Future;

template <typename T>
class Promise;


/// Makes a failed future of any type.
struct Failure
{
  explicit Failure(const std::string& _message) : message(_message) {}
  explicit Failure(const Error& error) : message(error.message) {}

  const std::string message;
};


namespace internal {

template <typename T>
struct unwrap
{
  typedef T type;
};

template <typename T>
struct unwrap<Future<T>>
{
  typedef T type;
};

} // namespace internal {


/// A value that is there now or later, or the message of why it never will be. Copies share one state. Callbacks run on the
/// thread that completes the future, or at once if it is complete.
template <typename T>
class Future
{
public:
  typedef lambda::CallableOnce<void()> DiscardCallback;
  typedef lambda::CallableOnce<void(const Future<T>&)> AnyCallback;

  static Future<T> failed(const std::string& message) { return Failure(message); }

  Future() : data(std::make_shared<Data>()) {}
  Future(const T& t) : Future() { data->become(State::READY, t, ""); }
  Future(T&& t) : Future() { data->become(State::READY, std::move(t), ""); }
  Future(const Failure& failure) : Future() { data->become(State::FAILED, None(), failure.message); }

  template <
      typename U,
      typename = std::enable_if_t<std::is_convertible_v<const U&, T> && !std::is_base_of_v<Failure, U>>>
  Future(const U& u) : Future(static_cast<T>(u)) {}

  Future(const Try<T>& t) : Future()
  {
    if (t.isSome()) {
      data->become(State::READY, t.get(), "");
    } else {
      data->become(State::FAILED, None(), t.error());
    }
  }

  bool operator==(const Future<T>& that) const { return data == that.data; }
  bool operator!=(const Future<T>& that) const { return data != that.data; }
  bool operator<(const Future<T>& that) const { return data < that.data; }

  bool isPending() const { return data->is(State::PENDING); }
  bool isReady() const { return data->is(State::READY); }
  bool isFailed() const { return data->is(State::FAILED); }
  bool isDiscarded() const { return data->is(State::DISCARDED); }

  /// Whether someone has asked, by discard(), to give up.
  bool hasDiscard() const
  {
    std::lock_guard<std::mutex> lock(data->mutex);
    return data->discard;
  }

  /// Asks whoever holds the promise to give up; it may go on all the same. Returns false if there is nothing to ask.
  bool discard()
  {
    std::vector<DiscardCallback> callbacks;
    {
      std::lock_guard<std::mutex> lock(data->mutex);
      if (data->discard || data->state != State::PENDING) {
        return false;
      }
      data->discard = true;
      callbacks.swap(data->onDiscard);
    }
    for (DiscardCallback& callback : callbacks) {
      std::move(callback)();
    }
    return true;
  }

  /// Blocks until this is complete, or for `duration` (negative: for ever); returns whether it is complete.
  bool await(const Duration& duration = Seconds(-1)) const
  {
    struct Latch
    {
      std::mutex mutex;
      std::condition_variable triggered;
      bool done = false;
    };

    auto latch = std::make_shared<Latch>();
    onAny([latch](const Future<T>&) {
      std::lock_guard<std::mutex> lock(latch->mutex);
      latch->done = true;
      latch->triggered.notify_all();
    });

    std::unique_lock<std::mutex> lock(latch->mutex);
    auto done = [&latch]() { return latch->done; };
    if (duration < Seconds(0)) {
      latch->triggered.wait(lock, done);
      return true;
    }
    return latch->triggered.wait_for(lock, std::chrono::nanoseconds(duration.ns()), done);
  }

  /// The value; blocks while there is none. That a future without a value is asked for one is a mistake of the program.
  const T& get() const
  {
    await();
    if (!isReady()) {
      LOG(FATAL) << "Future::get() but the future is " << *this;
    }
    return data->value.get();
  }

  const T* operator->() const { return &get(); }

  const std::string& failure() const
  {
    if (!isFailed()) {
      LOG(FATAL) << "Future::failure() but the future is " << *this;
    }
    return data->failure;
  }

  const Future<T>& onAny(AnyCallback&& callback) const
  {
    {
      std::lock_guard<std::mutex> lock(data->mutex);
      if (data->state == State::PENDING) {
        data->onAny.push_back(std::move(callback));
        return *this;
      }
    }
    std::move(callback)(*this);
    return *this;
  }

  template <typename F, typename = std::enable_if_t<std::is_invocable_v<F> || std::is_invocable_v<F, const Future<T>&>>>
  const Future<T>& onAny(F&& f) const
  {
    return onAny(AnyCallback([f = std::forward<F>(f)](const Future<T>& future) mutable {
      if constexpr (std::is_invocable_v<F, const Future<T>&>) {
        std::move(f)(future);
      } else {
        std::move(f)();
      }
    }));
  }

  template <typename F>
  const Future<T>& onReady(F&& f) const
  {
    return onAny(AnyCallback([f = std::forward<F>(f)](const Future<T>& future) mutable {
      if (future.isReady()) {
        if constexpr (std::is_invocable_v<F, const T&>) {
          std::move(f)(future.get());
        } else {
          std::move(f)();
        }
      }
    }));
  }

  template <typename F>
  const Future<T>& onFailed(F&& f) const
  {
    return onAny(AnyCallback([f = std::forward<F>(f)](const Future<T>& future) mutable {
      if (future.isFailed()) {
        if constexpr (std::is_invocable_v<F, const std::string&>) {
          std::move(f)(future.failure());
        } else {
          std::move(f)();
        }
      }
    }));
  }

  template <typename F>
  const Future<T>& onDiscarded(F&& f) const
  {
    return onAny(AnyCallback([f = std::forward<F>(f)](const Future<T>& future) mutable {
      if (future.isDiscarded()) {
        std::move(f)();
      }
    }));
  }

  /// Runs `f` when someone asks for this to be given up.
  template <typename F>
  const Future<T>& onDiscard(F&& f) const
  {
    DiscardCallback callback(std::forward<F>(f));
    {
      std::lock_guard<std::mutex> lock(data->mutex);
      if (!data->discard) {
        if (data->state == State::PENDING) {
          data->onDiscard.push_back(std::move(callback));
        }
        return *this;
      }
    }
    std::move(callback)();
    return *this;
  }

  /// What `f` makes of the value: a plain value or a future. A failure or a discard passes `f` by.
  template <typename F>
  auto then(F&& f) const
  {
    if constexpr (std::is_invocable_v<std::decay_t<F>, const T&>) {
      typedef typename internal::unwrap<std::invoke_result_t<std::decay_t<F>, const T&>>::type X;
      return chain<X>([f = std::forward<F>(f)](const Future<T>& future, Promise<X>& promise) mutable {
        promise.associate(std::move(f)(future.get()));
      });
    } else {
      typedef typename internal::unwrap<std::invoke_result_t<std::decay_t<F>>>::type X;
      return chain<X>([f = std::forward<F>(f)](const Future<T>&, Promise<X>& promise) mutable {
        promise.associate(std::move(f)());
      });
    }
  }

  /// This future's value, or what `f` makes of its failure.
  Future<T> repair(lambda::CallableOnce<Future<T>(const Future<T>&)> f) const { return rescue(std::move(f), false); }

  /// This future's value, or what `f` makes of its failure or discard.
  Future<T> recover(lambda::CallableOnce<Future<T>(const Future<T>&)> f) const { return rescue(std::move(f), true); }

private:
  template <typename U>
  friend class Future;
  friend class Promise<T>;
  template <typename U>
  friend std::ostream& operator<<(std::ostream&, const Future<U>&);

  enum class State
  {
    PENDING,
    READY,
    FAILED,
    DISCARDED
  };

  struct Data
  {
    bool is(State _state) const
    {
      std::lock_guard<std::mutex> lock(mutex);
      return state == _state;
    }

    /// Must hold the lock, or be the only one to know this.
    void become(State _state, Option<T> _value, const std::string& _failure)
    {
      state = _state;
      value = std::move(_value);
      failure = _failure;
    }

    mutable std::mutex mutex;
    State state = State::PENDING;
    bool discard = false;
    bool associated = false;
    Option<T> value;
    std::string failure;
    std::vector<DiscardCallback> onDiscard;
    std::vector<AnyCallback> onAny;
  };

  explicit Future(std::shared_ptr<Data> _data) : data(std::move(_data)) {}

  /// Returns false if this is complete already.
  bool complete(State state, Option<T> value, const std::string& failure) const
  {
    std::vector<DiscardCallback> unneeded;
    std::vector<AnyCallback> callbacks;
    {
      std::lock_guard<std::mutex> lock(data->mutex);
      if (data->state != State::PENDING) {
        return false;
      }
      data->become(state, std::move(value), failure);
      unneeded.swap(data->onDiscard);
      callbacks.swap(data->onAny);
    }
    const Future<T> copy = *this; // A callback may delete this.
    for (AnyCallback& callback : callbacks) {
      std::move(callback)(copy);
    }
    return true;
  }

  /// What asks this future to be given up, without keeping it alive.
  auto discarder() const
  {
    return [weak = std::weak_ptr<Data>(data)]() {
      if (std::shared_ptr<Data> strong = weak.lock()) {
        Future<T>(std::move(strong)).discard();
      }
    };
  }

  template <typename X, typename F>
  Future<X> chain(F&& f) const
  {
    auto promise = std::make_unique<Promise<X>>();
    Future<X> result = promise->future();
    onAny(AnyCallback([f = std::forward<F>(f), promise = std::move(promise)](const Future<T>& future) mutable {
      if (future.isFailed()) {
        promise->fail(future.failure());
      } else if (future.isDiscarded() || future.hasDiscard()) {
        promise->discard();
      } else {
        f(future, *promise);
      }
    }));
    result.onDiscard(discarder());
    return result;
  }

  Future<T> rescue(lambda::CallableOnce<Future<T>(const Future<T>&)>&& f, bool alsoDiscarded) const
  {
    auto promise = std::make_unique<Promise<T>>();
    Future<T> result = promise->future();
    auto rescued = [f = std::move(f), promise = std::move(promise), alsoDiscarded](const Future<T>& future) mutable {
      if (future.isFailed() || (alsoDiscarded && future.isDiscarded())) {
        promise->associate(std::move(f)(future));
      } else {
        promise->associate(future);
      }
    };
    onAny(AnyCallback(std::move(rescued)));
    result.onDiscard(discarder());
    return result;
  }

  std::shared_ptr<Data> data;
};


/// The side of a future that completes it, once. A promise that goes away leaves its future pending.
template <typename T>
class Promise
{
public:
  Promise() = default;
  explicit Promise(const T& t) : f(t) {}
  virtual ~Promise() = default;

  Promise(Promise&&) = default;
  Promise& operator=(Promise&&) = default;
  Promise(const Promise&) = delete;
  Promise& operator=(const Promise&) = delete;

  Future<T> future() const { return f; }

  bool set(const T& t) { return free() && f.complete(Future<T>::State::READY, t, ""); }
  bool set(T&& t) { return free() && f.complete(Future<T>::State::READY, Option<T>(std::move(t)), ""); }
  bool set(const Future<T>& future) { return associate(future); }
  bool fail(const std::string& message) { return free() && f.complete(Future<T>::State::FAILED, None(), message); }
  bool discard() { return free() && f.complete(Future<T>::State::DISCARDED, None(), ""); }

  /// Completes this promise as, and when, `other` is completed. Returns false if it is complete or associated already.
  bool associate(const Future<T>& other)
  {
    {
      std::lock_guard<std::mutex> lock(f.data->mutex);
      if (f.data->associated || f.data->state != Future<T>::State::PENDING) {
        return false;
      }
      f.data->associated = true;
    }
    f.onDiscard(other.discarder());
    other.onAny([future = f](const Future<T>& completed) {
      if (completed.isReady()) {
        future.complete(Future<T>::State::READY, completed.get(), "");
      } else if (completed.isFailed()) {
        future.complete(Future<T>::State::FAILED, None(), completed.failure());
      } else {
        future.complete(Future<T>::State::DISCARDED, None(), "");
      }
    });
    return true;
  }

private:
  bool free() const
  {
    std::lock_guard<std::mutex> lock(f.data->mutex);
    return !f.data->associated;
  }

  Future<T> f;
};


template <typename T>
std::ostream& operator<<(std::ostream& stream, const Future<T>& future)
{
  if (future.isReady()) {
    return stream << "Ready";
  }
  if (future.isFailed()) {
    return stream << "Failed: " << future.failure();
  }
  return stream << (future.isDiscarded() ? "Discarded" : "Pending");
}

} // namespace process {
