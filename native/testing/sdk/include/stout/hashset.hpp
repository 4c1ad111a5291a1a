#pragma once

#include <functional>
#include <unordered_set>

/// A std::unordered_set that can be asked what it contains.
template <typename Elem, typename Hash = std::hash<Elem>, typename Equal = std::equal_to<Elem>>
class hashset : public std::unordered_set<Elem, Hash, Equal>
{
public:
  using std::unordered_set<Elem, Hash, Equal>::unordered_set;

  bool contains(const Elem& elem) const { return this->count(elem) > 0; }
};
