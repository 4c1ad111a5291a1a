#pragma once

#include <string>

#include <process/future.hpp>

#include <process/metrics/counter.hpp>
#include <process/metrics/timer.hpp>

#include <stout/duration.hpp>

namespace calico {

/// What the agent's own /metrics/snapshot tells of us, while the isolator lives.
class Metrics
{
public:
  /// One of the agent's calls.
  class Call
  {
  public:
    explicit Call(const std::string& name);
    ~Call();

    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    /// Counts and measures one, whose answer is `future`.
    template <typename T>
    process::Future<T> measure(const process::Future<T>& future)
    {
      process::metrics::Counter counted = failures; // The call may outlive the isolator.
      future.onAny([counted](const process::Future<T>& answer) mutable {
        if (!answer.isReady()) {
          ++counted;
        }
      });
      ++calls;
      return duration.time(future);
    }

  private:
    process::metrics::Counter calls;
    process::metrics::Counter failures;
    process::metrics::Timer<Milliseconds> duration;
  };

  Call prepare{"prepare"};
  Call isolate{"isolate"};
  Call cleanup{"cleanup"};
};

} // namespace calico
