#pragma once

#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

#include <stout/hashset.hpp>
#include <stout/option.hpp>

/// A std::unordered_map that can be asked what it contains.
template <typename Key, typename Value, typename Hash = std::hash<Key>, typename Equal = std::equal_to<Key>>
class hashmap : public std::unordered_map<Key, Value, Hash, Equal>
{
public:
  using std::unordered_map<Key, Value, Hash, Equal>::unordered_map;

  bool contains(const Key& key) const { return this->count(key) > 0; }

  Option<Value> get(const Key& key) const
  {
    auto found = this->find(key);
    if (found == this->end()) {
      return None();
    }
    return found->second;
  }

  void put(const Key& key, Value value)
  {
    this->erase(key);
    this->emplace(key, std::move(value));
  }

  hashset<Key, Hash, Equal> keys() const
  {
    hashset<Key, Hash, Equal> result;
    for (const auto& entry : *this) {
      result.insert(entry.first);
    }
    return result;
  }

  std::vector<Value> values() const
  {
    std::vector<Value> result;
    for (const auto& entry : *this) {
      result.push_back(entry.second);
    }
    return result;
  }
};
