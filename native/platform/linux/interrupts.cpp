#include "platform/linux/interrupts.hpp"

#include <atomic>
#include <csignal>

namespace datablock {
namespace {

std::atomic<int> g_caught{0};
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

}  // namespace datablock
