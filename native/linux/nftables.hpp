#pragma once

#include <string>

#include "error.hpp"

namespace calicomesos::kernel::nftables {

// Runs commands as nft(8) reads them, in the calling thread's network namespace. All of one call are one transaction:
// the kernel does all of them or none. EINVAL, with nft's own words and lines: they were refused.
//
// Safe to call from several threads; the calls run one after the other.
Failure run(const std::string& commands);

// What commands that list print, as JSON (libnftables-json(5)).
Result<std::string> list(const std::string& commands);

}  // namespace calicomesos::kernel::nftables
