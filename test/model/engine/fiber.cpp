#include "engine/fiber.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace datablock::model {
namespace {

void* map_stack(std::size_t size) {
  void* stack = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (stack == MAP_FAILED || mprotect(stack, 4096, PROT_NONE) != 0) {
    std::perror("stack of a fiber");
    std::abort();
  }
  return stack;
}

}  // namespace

Fiber::~Fiber() {
  if (stack_ != nullptr) {
    munmap(stack_, kStackSize);
  }
}

#if defined(__x86_64__)

// swapcontext() makes a system call each time; this is the same without it. rdi: where to keep our stack
// pointer, rsi: the other one's. A new fiber starts in model_fiber_start with its body in r12 and the
// argument in r13.
extern "C" void model_fiber_switch(void** from, void* to);
extern "C" void model_fiber_start();
asm(R"(
    .text
    .globl model_fiber_switch
    .type model_fiber_switch, @function
model_fiber_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size model_fiber_switch, .-model_fiber_switch

    .globl model_fiber_start
    .type model_fiber_start, @function
model_fiber_start:
    movq %r13, %rdi
    call *%r12
    ud2
    .size model_fiber_start, .-model_fiber_start
    .section .note.GNU-stack,"",@progbits
    .text
)");

void Fiber::prepare(void (*body)(void*), void* argument) {
  if (stack_ == nullptr) {
    stack_ = map_stack(kStackSize);
  }
  auto* top = reinterpret_cast<std::uint64_t*>(static_cast<std::byte*>(stack_) + kStackSize);
  *--top = 0;
  *--top = 0;  // keeps the stack aligned at the call in model_fiber_start
  *--top = reinterpret_cast<std::uint64_t>(&model_fiber_start);
  *--top = 0;                                          // rbp
  *--top = 0;                                          // rbx
  *--top = reinterpret_cast<std::uint64_t>(body);      // r12
  *--top = reinterpret_cast<std::uint64_t>(argument);  // r13
  *--top = 0;                                          // r14
  *--top = 0;                                          // r15
  stack_pointer_ = top;
}

void Fiber::switch_to(Fiber& from, Fiber& to) {
  model_fiber_switch(&from.stack_pointer_, to.stack_pointer_);
}

#else

namespace {

void start(unsigned body_high, unsigned body_low, unsigned argument_high, unsigned argument_low) {
  const auto join = [](unsigned high, unsigned low) { return std::uint64_t{high} << 32 | low; };
  auto* body = reinterpret_cast<void (*)(void*)>(join(body_high, body_low));
  body(reinterpret_cast<void*>(join(argument_high, argument_low)));
}

}  // namespace

void Fiber::prepare(void (*body)(void*), void* argument) {
  if (stack_ == nullptr) {
    stack_ = map_stack(kStackSize);
  }
  getcontext(&context_);
  context_.uc_stack.ss_sp = stack_;
  context_.uc_stack.ss_size = kStackSize;
  context_.uc_link = nullptr;
  const auto code = reinterpret_cast<std::uint64_t>(body);
  const auto data = reinterpret_cast<std::uint64_t>(argument);
  makecontext(&context_, reinterpret_cast<void (*)()>(&start), 4, static_cast<unsigned>(code >> 32),
              static_cast<unsigned>(code), static_cast<unsigned>(data >> 32), static_cast<unsigned>(data));
}

void Fiber::switch_to(Fiber& from, Fiber& to) {
  swapcontext(&from.context_, &to.context_);
}

#endif

}  // namespace datablock::model
