#pragma once

#include <memory>
#include <new>

namespace calicomesos::kernel {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

// An object of a C library, with the function that gives it back.
template <typename T, auto Free>
class Owned : public std::unique_ptr<T, Freed<Free>> {
 public:
  // The libraries here return null for one reason only: there is no memory.
  explicit Owned(T* object) : std::unique_ptr<T, Freed<Free>>(object) {
    if (object == nullptr) {
      throw std::bad_alloc();
    }
  }
};

}  // namespace calicomesos::kernel
