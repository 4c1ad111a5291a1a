#include "process_table.hpp"

#include <signal.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <stout/error.hpp>
#include <stout/none.hpp>

#include "files.hpp"

namespace calico::agent {

namespace {

/// A process in the kernel may take its time; one that has not gone after this long is stuck.
constexpr std::chrono::seconds KILL_TIMEOUT(10);


struct Entry
{
  ProcessId id;
  char state;
  pid_t parent;
  pid_t session;

  bool dead() const { return state == 'Z' || state == 'X'; }
};


/// Reads /proc/<pid>/stat.
Option<Entry> readEntry(const std::string& pid)
{
  const Try<std::string, ErrnoError> read = readFile("/proc/" + pid + "/stat");
  const std::string line = read.isSome() ? read.get() : "";
  const size_t nameEnd = line.rfind(')'); // The name before it may hold anything.
  if (nameEnd == std::string::npos) {
    return None();
  }

  Entry entry{};
  entry.id.pid = std::atoi(pid.c_str());
  pid_t group;
  std::string skipped;
  std::istringstream words(line.substr(nameEnd + 1));
  words >> entry.state >> entry.parent >> group >> entry.session;
  for (int field = 7; field <= 21; ++field) {
    words >> skipped;
  }
  if (!(words >> entry.id.startTicks)) {
    return None();
  }
  return entry;
}


std::vector<Entry> readEntries()
{
  std::vector<Entry> entries;
  const Try<std::vector<std::string>> names = listDirectory("/proc");
  if (names.isError()) {
    return entries;
  }
  for (const std::string& name : names.get()) {
    if (std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c); })) {
      const Option<Entry> entry = readEntry(name);
      if (entry.isSome()) {
        entries.push_back(entry.get());
      }
    }
  }
  return entries;
}


/// Adds to `family`, by pid and when each started, the leader, its session, and the descendants of all in it. Returns those
/// of the family that live.
std::vector<pid_t> growFamily(const ProcessId& leader, std::map<pid_t, uint64_t>* family)
{
  const std::vector<Entry> entries = readEntries();

  // The kernel gives a pid to nobody else while a session has its number: another process there means that ours has gone.
  bool recycled = false;
  for (const Entry& entry : entries) {
    recycled |= entry.id.pid == leader.pid && entry.id.startTicks != leader.startTicks;
  }

  const auto inFamily = [family](const ProcessId& id) {
    const auto found = family->find(id.pid);
    return found != family->end() && found->second == id.startTicks;
  };
  std::set<pid_t> present;
  for (bool grown = true; grown;) {
    grown = false;
    for (const Entry& entry : entries) {
      const bool ours = !recycled && (entry.id.pid == leader.pid || entry.session == leader.pid);
      if (ours || inFamily(entry.id) || present.count(entry.parent) > 0) {
        (*family)[entry.id.pid] = entry.id.startTicks;
        grown |= present.insert(entry.id.pid).second;
      }
    }
  }

  std::vector<pid_t> living;
  for (const Entry& entry : entries) {
    if (present.count(entry.id.pid) > 0 && !entry.dead()) {
      living.push_back(entry.id.pid);
    }
  }
  return living;
}

} // namespace {


Option<ProcessId> findProcess(pid_t pid)
{
  const Option<Entry> entry = readEntry(std::to_string(pid));
  if (entry.isNone() || entry->dead()) {
    return None();
  }
  return entry->id;
}


Try<Nothing> killSession(const ProcessId& leader)
{
  const auto deadline = std::chrono::steady_clock::now() + KILL_TIMEOUT;
  // What was once found is waited for, also when it has lost the parent or the session by which it was found.
  std::map<pid_t, uint64_t> family;
  for (;;) {
    const std::vector<pid_t> living = growFamily(leader, &family);
    if (living.empty()) {
      return Nothing();
    }
    for (pid_t member : living) {
      kill(member, SIGKILL);
    }
    if (std::chrono::steady_clock::now() > deadline) {
      return Error("process " + std::to_string(living.front()) + " did not go when it was killed");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

} // namespace calico::agent {
