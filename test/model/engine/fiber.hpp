// A stackful coroutine: a modelled thread runs on one, and hands the processor over only where the scheduler
// says so. Whoever is never resumed is simply forgotten: no destructor of its frames runs, as in a process
// that was killed.
#pragma once

#include <cstddef>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace datablock::model {

class Fiber {
 public:
  Fiber() = default;
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  ~Fiber();

  /// Makes it ready to run `body(argument)`, which must not return, from the start. The stack is reused.
  void prepare(void (*body)(void*), void* argument);

  /// Leaves the fiber that is running (`from`) and goes on with `to`.
  static void switch_to(Fiber& from, Fiber& to);

 private:
  static constexpr std::size_t kStackSize = 256 * 1024;

  void* stack_ = nullptr;
#if defined(__x86_64__)
  void* stack_pointer_ = nullptr;
#else
  ucontext_t context_{};
#endif
};

}  // namespace datablock::model
