#pragma once

#include <string>

namespace process {
namespace ID {

/// "prefix(N)", with another N at each call for the same prefix.
std::string generate(const std::string& prefix = "");

} // namespace ID {
} // namespace process {
