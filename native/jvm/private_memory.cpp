#include "jvm/private_memory.hpp"

#include <dlfcn.h>
#include <sys/mman.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>

namespace calico::jvm {

namespace {

/// HotSpot's table of its data structures. Each entry is described by exported numbers, so that debuggers can read that of another version.
class HotSpotTable
{
public:
  explicit HotSpotTable(void* libjvm)
    : library(libjvm),
      entries(exported<const char*>("gHotSpotVMStructs")),
      stride(exported<uint64_t>("gHotSpotVMStructEntryArrayStride")),
      typeAt(exported<uint64_t>("gHotSpotVMStructEntryTypeNameOffset")),
      fieldAt(exported<uint64_t>("gHotSpotVMStructEntryFieldNameOffset")),
      offsetAt(exported<uint64_t>("gHotSpotVMStructEntryOffsetOffset")),
      addressAt(exported<uint64_t>("gHotSpotVMStructEntryAddressOffset"))
  {}

  /// The value of a static field that is a pointer or an address; 0 if there is no such field.
  uintptr_t value(const char* type, const char* field) const
  {
    const char* entry = find(type, field);
    const uintptr_t address = entry == nullptr ? 0 : at<uintptr_t>(entry + addressAt);
    return address == 0 ? 0 : at<uintptr_t>(reinterpret_cast<const char*>(address));
  }

  /// Where a field lies in its object, in bytes; none if there is no such field.
  std::optional<uint64_t> offset(const char* type, const char* field) const
  {
    const char* entry = find(type, field);
    return entry == nullptr ? std::nullopt : std::optional<uint64_t>(at<uint64_t>(entry + offsetAt));
  }

  template <typename T> static T at(const char* address)
  {
    T value;
    memcpy(&value, address, sizeof(value));
    return value;
  }

private:
  template <typename T> T exported(const char* symbol)
  {
    const void* address = dlsym(library, symbol);
    complete = complete && address != nullptr;
    return address == nullptr ? T{} : at<T>(static_cast<const char*>(address));
  }

  const char* find(const char* type, const char* field) const
  {
    if (!complete) {
      return nullptr;
    }
    for (const char* entry = entries; at<const char*>(entry + typeAt) != nullptr; entry += stride) {
      if (strcmp(at<const char*>(entry + typeAt), type) == 0 && strcmp(at<const char*>(entry + fieldAt), field) == 0) {
        return entry;
      }
    }
    return nullptr;
  }

  void* const library;
  bool complete = true;
  const char* const entries;
  const uint64_t stride;
  const uint64_t typeAt;
  const uint64_t fieldAt;
  const uint64_t offsetAt;
  const uint64_t addressAt;
};


void keepOut(uintptr_t begin, uintptr_t end)
{
  if (begin < end) {
    madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTFORK); // Of what is not mapped in between, it says ENOMEM, after all else.
  }
}


void keepOutHeap(const HotSpotTable& table)
{
  const char* heap = reinterpret_cast<const char*>(table.value("Universe", "_collectedHeap"));
  const std::optional<uint64_t> reserved = table.offset("CollectedHeap", "_reserved");
  const std::optional<uint64_t> start = table.offset("MemRegion", "_start");
  const std::optional<uint64_t> words = table.offset("MemRegion", "_word_size");
  if (heap == nullptr || !reserved || !start || !words) {
    return;
  }
  const uintptr_t begin = HotSpotTable::at<uintptr_t>(heap + *reserved + *start);
  keepOut(begin, begin + HotSpotTable::at<size_t>(heap + *reserved + *words) * sizeof(uintptr_t));
}


void keepOutArchives()
{
  const std::string suffix = ".jsa";
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    uintptr_t begin = 0;
    uintptr_t end = 0;
    if (line.size() > suffix.size() && line.compare(line.size() - suffix.size(), suffix.size(), suffix) == 0 &&
        sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR, &begin, &end) == 2) {
      keepOut(begin, end);
    }
  }
}

} // namespace {


void keepOutOfChildren(const Libjvm& libjvm)
{
  const HotSpotTable table(libjvm.library);
  keepOutHeap(table);
  keepOut(table.value("CodeCache", "_low_bound"), table.value("CodeCache", "_high_bound"));
  keepOutArchives();
}

} // namespace calico::jvm
