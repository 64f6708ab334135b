// A consumer that survives: it remembers what it was given, and its record must agree with the ledger in the
// end.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/consumer.hpp"
#include "ledger.hpp"

namespace datablock::step {

class Reader {
 public:
  using Clock = std::chrono::steady_clock;

  Reader(const std::string& name, const std::string& dir, ConsumerMode mode,
         StartFrom from = StartFrom::latest, WaitStrategy wait = WaitStrategy::adaptive);
  ~Reader();

  /// Takes the next message in hand; what it holds must be a whole stamp. False: there is none (within `ms`).
  bool take(std::int64_t ms);
  /// Takes all that is there in hand, up to `most` (sync only).
  std::size_t take_run(std::size_t most);
  /// The bytes in hand must still be what they were; then lets all of it go.
  void let_go();
  void check_hand() const;
  /// Lets go of what is in hand, then reads until it has got past `seq`. Throws Failure when that takes
  /// longer than `ms`.
  void read_past(std::uint64_t seq, std::int64_t ms);

  /// Takes the next message from a thread of its own, with a time-out that no healthy case sees the end of.
  void fall_asleep();
  bool is_asleep() const { return thread_.joinable(); }
  /// Waits for that; returns when it had its message.
  Clock::time_point wake_up();

  /// Every number from where it began up to `claim` must be accounted for: delivered as the ledger has it, or
  /// a tombstone, or a mark, or (lossy readers only) declared as lost. What it was never told of must be
  /// nothing.
  void check(const Ledger& ledger, std::uint64_t claim) const;

  bool has_in_hand() const { return !hand_.empty(); }
  std::size_t delivered() const { return deliveries_.size(); }
  Status last_status() const { return last_status_; }
  unsigned id() const { return consumer_->attachment().id(); }
  Consumer& consumer() const { return *consumer_; }

 private:
  struct Delivery {
    std::uint64_t seq;
    std::uint64_t lost;
    Stamp stamp;
  };
  void note(const Message& message);
  std::string name() const;

  std::unique_ptr<Consumer> consumer_;
  std::uint64_t start_ = 0;
  std::vector<Delivery> deliveries_;
  std::vector<Message> hand_;
  Status last_status_ = Status::OK;
  std::thread thread_;
  std::string thread_failure_;
  Clock::time_point woke_at_;
};

}  // namespace datablock::step
