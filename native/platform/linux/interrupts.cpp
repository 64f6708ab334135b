#include "platform/linux/interrupts.hpp"

#include <atomic>
#include <csignal>

namespace datablock {
namespace {

std::atomic<int> g_caught{0};
std::atomic<std::uint64_t> g_longest_wait_ns{UINT64_MAX};
thread_local bool (*t_shall_end)(void*) = nullptr;
thread_local void* t_argument = nullptr;
static_assert(std::atomic<int>::is_always_lock_free, "touched in a signal handler");

void note_signal(int number) {
  int none = 0;
  if (!g_caught.compare_exchange_strong(none, number)) {
    std::signal(number, SIG_DFL);
    std::raise(number);
  }
}

}  // namespace

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = note_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = 0;  // not SA_RESTART: blocking calls shall return EINTR
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

int caught_signal() {
  return g_caught.load(std::memory_order_relaxed);
}

void set_wait_question(bool (*shall_end)(void*), void* argument) {
  t_shall_end = shall_end;
  t_argument = argument;
}

bool shall_wait_end() {
  return t_shall_end != nullptr && t_shall_end(t_argument);
}

void set_longest_wait(std::uint32_t milliseconds) {
  g_longest_wait_ns.store(milliseconds == 0 ? UINT64_MAX : std::uint64_t{milliseconds} * 1'000'000,
                          std::memory_order_relaxed);
}

std::uint64_t longest_wait_ns() {
  return g_longest_wait_ns.load(std::memory_order_relaxed);
}

}  // namespace datablock
