#pragma once

#include <cstddef>
#include <memory>

namespace process {

/// A pointer that deletes what it points to. Unlike a std::unique_ptr it can be copied, as into a lambda; the copies share.
template <typename T>
class Owned
{
public:
  Owned() = default;
  Owned(std::nullptr_t) {}
  explicit Owned(T* t) : data(t == nullptr ? nullptr : new Data{std::unique_ptr<T>(t)}) {}

  bool operator==(const Owned<T>& that) const { return data == that.data; }
  bool operator<(const Owned<T>& that) const { return data < that.data; }

  T* get() const { return data == nullptr ? nullptr : data->t.get(); }
  T& operator*() const { return *get(); }
  T* operator->() const { return get(); }

  void reset() { data.reset(); }
  void reset(T* t) { *this = Owned<T>(t); }
  void swap(Owned<T>& that) { data.swap(that.data); }

  /// Gives the pointer away: it is no longer deleted.
  T* release()
  {
    T* t = data == nullptr ? nullptr : data->t.release();
    data.reset();
    return t;
  }

private:
  struct Data
  {
    std::unique_ptr<T> t;
  };

  std::shared_ptr<Data> data;
};

} // namespace process {
