#include "nftables.hpp"

#include <linux/close_range.h>
#include <linux/netlink.h>
#include <nftables/libnftables.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>

#include "file_descriptor.hpp"
#include "network_namespace.hpp"
#include "owned.hpp"
#include "own_thread.hpp"

namespace calicomesos::kernel::nftables {
namespace {

using Context = Owned<nft_ctx, nft_ctx_free>;

// A context of libnftables with its socket, in the network namespace of the thread that made it. It stays open from one
// call to the next: the kernel lets whoever closes such a socket wait until what was deleted is freed, 10 to 30 ms, and
// with it every other transaction.
//
// libnftables leaves its socket open to every process that another thread starts meanwhile (no O_CLOEXEC), and ends the
// whole process if it gets no socket at all. So it runs on a thread with a table of file descriptors of its own, without
// any but the standard ones, and only after a socket like its own could be had.
class Session {
 public:
  explicit Session(ino_t network_namespace) : network_namespace_(network_namespace) {
    ended_ = on_own_thread([this] { serve(); });
  }
  ~Session() { give(Task()); }  // which says to end, and ended_ waits

  bool fits(ino_t network_namespace) const { return network_namespace_ == network_namespace; }

  Result<std::string> execute(const std::string& commands, bool json) {
    Task task([&] { return in_context(commands, json); });
    std::future<Result<std::string>> result = task.get_future();
    give(std::move(task));
    return result.get();
  }

 private:
  using Task = std::packaged_task<Result<std::string>()>;

  void give(Task task) {
    const std::lock_guard<std::mutex> lock(mutex_);
    task_ = std::move(task);
    given_ = true;
    changed_.notify_one();
  }

  void serve() {
    while (true) {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [this] { return given_; });
      given_ = false;
      Task task = std::move(task_);
      lock.unlock();
      if (!task.valid()) {
        context_.reset();
        return;
      }
      task();
    }
  }

  Result<std::string> in_context(const std::string& commands, bool json) {
    const std::string doing = "running nft commands";
    if (!context_) {
      if (Failure failure = open(doing)) {
        return *failure;
      }
    }
    nft_ctx_output_set_flags(context_->get(), json ? NFT_CTX_OUTPUT_JSON : 0);
    if (nft_run_cmd_from_buffer(context_->get(), commands.c_str()) != 0) {
      std::string said = nft_ctx_get_error_buffer(context_->get());
      while (!said.empty() && said.back() == '\n') {
        said.pop_back();
      }
      context_.reset();  // The next begins with nothing of what went wrong.
      return error(doing, EINVAL, said);
    }
    return std::string(nft_ctx_get_output_buffer(context_->get()));
  }

  Failure open(const std::string& doing) {
    if (!unshared_) {
      if (::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_UNSHARE) != 0 && ::unshare(CLONE_FILES) != 0) {
        return error("unsharing the file descriptors for nft", errno);
      }
      unshared_ = true;
    }
    if (FileDescriptor(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER)).number() < 0) {
      return error("opening a socket for nft", errno);
    }
    context_.emplace(nft_ctx_new(NFT_CTX_DEFAULT));
    if (nft_ctx_buffer_output(context_->get()) != 0 || nft_ctx_buffer_error(context_->get()) != 0) {
      context_.reset();
      return error(doing, ENOMEM);
    }
    return std::nullopt;
  }

  const ino_t network_namespace_;
  bool unshared_ = false;           // the thread's own, as is the next
  std::optional<Context> context_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Task task_;  // of the mutex, as is the next
  bool given_ = false;
  std::future<void> ended_;  // the last, so that what the thread uses outlives it
};

Result<std::string> execute(const std::string& commands, bool json) try {
  // One at a time: up to 1.0.8 libnftables has state that its contexts share. Nothing of it is destroyed when the process
  // exits: other threads may still be here.
  static auto& one_at_a_time = *new std::mutex;
  static auto& session = *new std::unique_ptr<Session>;
  const std::lock_guard<std::mutex> lock(one_at_a_time);
  const Result<ino_t> here = own_network_namespace();
  if (!here.ok()) {
    return here.error();
  }
  if (!session || !session->fits(here.value())) {
    session = nullptr;
    session = std::make_unique<Session>(here.value());
  }
  return session->execute(commands, json);
} catch (const std::system_error& thrown) {  // no thread to be had
  return error("running nft commands", thrown.code().value());
}

}  // namespace

Failure run(const std::string& commands) {
  const Result<std::string> output = execute(commands, false);
  return output.ok() ? Failure() : Failure(output.error());
}

Result<std::string> list(const std::string& commands) {
  return execute(commands, true);
}

}  // namespace calicomesos::kernel::nftables
