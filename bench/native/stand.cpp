#include "stand.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace datablock::bench {

void pin_to(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cpu), &set);
  sched_setaffinity(0, sizeof set, &set);
}

double seconds_since(std::uint64_t start_ns) {
  return static_cast<double>(NativeEnv::now_ns() - start_ns) * 1e-9;
}

double ping_pong_ns() {
  constexpr int kTurns = 200'000;
  alignas(128) static std::atomic<int> ball;
  ball.store(0);
  // A new thread starts where its maker may run; a real-time maker pinned to core 0 would never let it start.
  pin_to(1);
  std::thread other([] {
    for (int turn = 0; turn < kTurns; ++turn) {
      while (ball.load(std::memory_order_acquire) != 2 * turn + 1) {
      }
      ball.store(2 * turn + 2, std::memory_order_release);
    }
  });
  pin_to(0);
  const std::uint64_t start = NativeEnv::now_ns();
  for (int turn = 0; turn < kTurns; ++turn) {
    ball.store(2 * turn + 1, std::memory_order_release);
    while (ball.load(std::memory_order_acquire) != 2 * turn + 2) {
    }
  }
  const double ns = seconds_since(start) * 1e9 / (2.0 * kTurns);
  other.join();
  return ns;
}

bool is_near(double ping_pong) {
  return ping_pong < 100;
}

void require(Status status, const char* what) {
  if (status != Status::OK) {
    std::fprintf(stderr, "%s: %s\n", what, catalogue_entry(status).sentence);
    std::exit(70);
  }
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

Block::Block(const char* kind, const BlockConfig& config)
    : name_("bench-" + std::to_string(getpid()) + "-" + kind) {
  instance_ = create_segment(name_, "", config).header.instance;
}

Block::~Block() {
  unlink_segment(name_, "", instance_, true);
}

}  // namespace datablock::bench
