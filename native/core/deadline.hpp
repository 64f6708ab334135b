// Time-outs: a point on the monotonic clock. 0 ms tries once, -1 waits for ever.
#pragma once

#include <cstdint>

namespace datablock {

inline constexpr std::uint64_t kNsPerMs = 1'000'000;
inline constexpr std::uint64_t kForever = ~std::uint64_t{0};

template <class Env>
class Deadline {
 public:
  /// The clock is first read when somebody has to wait: a call that finds its slot ready never reads it.
  explicit Deadline(std::int64_t timeout_ms)
      : timeout_ns_(timeout_ms < 0 || timeout_ms > kLongestMs
                        ? kForever
                        : static_cast<std::uint64_t>(timeout_ms) * kNsPerMs) {}

  bool is_try() const { return timeout_ns_ == 0; }

  /// Nanoseconds left; 0 when it has passed.
  std::uint64_t remaining_ns() {
    if (timeout_ns_ == 0 || timeout_ns_ == kForever) {
      return timeout_ns_;
    }
    const std::uint64_t now = Env::now_ns();
    if (at_ == 0) {
      at_ = now + timeout_ns_;
    }
    return at_ > now ? at_ - now : 0;
  }

  bool has_passed() { return remaining_ns() == 0; }

 private:
  /// Three centuries: what is longer would overflow the clock.
  static constexpr std::int64_t kLongestMs = static_cast<std::int64_t>(kForever / kNsPerMs / 2);

  std::uint64_t timeout_ns_;
  std::uint64_t at_ = 0;
};

}  // namespace datablock
