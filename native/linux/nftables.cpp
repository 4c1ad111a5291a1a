#include "nftables.hpp"

#include <linux/close_range.h>
#include <linux/netlink.h>
#include <nftables/libnftables.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <system_error>

#include "file_descriptor.hpp"
#include "owned.hpp"
#include "short_lived_thread.hpp"

namespace calicomesos::kernel::nftables {
namespace {

using Context = Owned<nft_ctx, nft_ctx_free>;

Result<std::string> in_own_context(const std::string& commands, bool json) {
  const std::string doing = "running nft commands";
  // libnftables leaves its socket open to every process that another thread starts meanwhile (no O_CLOEXEC), and ends
  // the whole process if it gets no socket at all. So it runs with a table of file descriptors of its own, without any
  // but the standard ones, and only after a socket like its own could be had.
  if (::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_UNSHARE) != 0 && ::unshare(CLONE_FILES) != 0) {
    return error("unsharing the file descriptors for nft", errno);
  }
  if (FileDescriptor(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER)).number() < 0) {
    return error("opening a socket for nft", errno);
  }
  const Context context(nft_ctx_new(NFT_CTX_DEFAULT));
  if (nft_ctx_buffer_output(context.get()) != 0 || nft_ctx_buffer_error(context.get()) != 0) {
    return error(doing, ENOMEM);
  }
  if (json) {
    nft_ctx_output_set_flags(context.get(), NFT_CTX_OUTPUT_JSON);
  }
  if (nft_run_cmd_from_buffer(context.get(), commands.c_str()) != 0) {
    std::string said = nft_ctx_get_error_buffer(context.get());
    while (!said.empty() && said.back() == '\n') {
      said.pop_back();
    }
    return error(doing, EINVAL, said);
  }
  return std::string(nft_ctx_get_output_buffer(context.get()));
}

Result<std::string> execute(const std::string& commands, bool json) try {
  // One at a time: up to 1.0.8 libnftables has state that its contexts share.
  static std::mutex one_at_a_time;
  const std::lock_guard<std::mutex> lock(one_at_a_time);
  return on_short_lived_thread([&] { return in_own_context(commands, json); }).get();
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
