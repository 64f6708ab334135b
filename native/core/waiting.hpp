// Waiting for another participant: spin, then sleep on an eventcount, and look after the one that is waited
// for.
//
// No sleep lasts longer than 100 ms, whatever the time-out: then everything is read again. That is the repair
// for a waker that was killed between its store and its wake-up, and the moment at which a waiter asks the
// kernel whether the participant it waits for still lives.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/block_view.hpp"
#include "core/deadline.hpp"
#include "core/eventcount.hpp"
#include "core/status.hpp"

namespace datablock {

/// `spin`: lowest latency, one core each. `adaptive`: spins for some microseconds, then sleeps. `block`:
/// sleeps at once.
enum class WaitStrategy : std::uint8_t { spin, adaptive, block };

/// What a waiting participant may ask for; implemented over lock bytes by native/core/attachment.cpp.
class Caretaker {
 public:
  virtual ~Caretaker() = default;
  /// If participant `id` is dead, cleans up after it. True when it did.
  virtual bool heal(std::uint8_t id) = 0;
  /// Called now and then while waiting: LOCK_LOST when our own lock byte is gone, RECREATED when the name is
  /// watched and is no longer this block's, CLOSED when another thread has cancelled the wait, else OK.
  virtual Status check_self() = 0;
};

template <class Env>
class Waiting {
 public:
  Waiting(const BlockView<Env>& view, std::uint8_t self, Caretaker& caretaker, WaitStrategy strategy)
      : view_(view), self_(self), caretaker_(caretaker), strategy_(strategy) {}

  /// Waits until `goal.reached()`; `word` is the eventcount of what is waited for.
  /// `goal.suspect()` names the participant that is waited for (kNobody: no one in particular); `goal.idle()`
  /// is asked after every nap and ends the wait with what it returns, unless that is OK. Sleeps at most
  /// `nap_ns` at a time. OK (then look again), TIMEOUT, INTERRUPTED, LOCK_LOST, RECREATED.
  template <class Goal>
  Status wait(typename Env::template Atomic<std::uint32_t>& word, Deadline<Env>& deadline, Goal&& goal,
              std::uint64_t nap_ns = kLongestNapNs) {
    if (deadline.is_try()) {
      return give_up(goal);
    }
    if (strategy_ != WaitStrategy::block && spin(goal)) {
      return Status::OK;
    }
    Watch watch(Env::now_ns());
    for (;;) {
      const std::uint64_t left = deadline.remaining_ns();
      if (left == 0) {
        return give_up(goal);
      }
      if (strategy_ == WaitStrategy::spin) {
        if (spin(goal)) {
          return Status::OK;
        }
      } else {
        const std::uint32_t seen = announce_sleeper<Env>(word);
        view_.heavy_fence();
        if (goal.reached()) {
          return Status::OK;
        }
        Env::wait(word, seen, std::min({nap_ns, left, heal_interval()}));
        if (goal.reached()) {
          return Status::OK;
        }
      }
      if (Status status = look_around(watch, goal.suspect()); status != Status::OK) {
        return status;
      }
      if (watch.healed) {
        return Status::OK;
      }
      if (Status status = goal.idle(); status != Status::OK) {
        return status;
      }
    }
  }

  /// Something is pinned: nobody wakes us when it is let go (a reader's unpin costs no fence), so poll with
  /// growing naps. OK means: look again. `suspect` is looked at anew each time: ready() may set it to whoever
  /// is in the way now.
  template <class Ready>
  Status poll(std::uint64_t limit_ns, Ready&& ready, const std::uint8_t& suspect) {
    const std::uint64_t start = Env::now_ns();
    Watch watch(start);
    std::uint64_t nap = 1000;
    for (int i = 0; i < 64; ++i) {
      if (ready()) {
        return Status::OK;
      }
      Env::relax();
    }
    for (;;) {
      if (ready()) {
        return Status::OK;
      }
      const std::uint64_t spent = Env::now_ns() - start;
      if (spent >= limit_ns) {
        return ask_after(suspect) ? Status::OK : Status::TIMEOUT;
      }
      Env::nap(std::min(nap, limit_ns - spent));
      nap = std::min<std::uint64_t>(nap * 2, kNsPerMs);
      if (Status status = look_around(watch, suspect); status != Status::OK) {
        return status;
      }
      if (watch.healed) {
        return Status::OK;
      }
    }
  }

  /// Asks after a participant that stands in the way without making us wait for long (a pin that is skipped
  /// lap after lap, a caller that polls), but not before it could have done so for the healing interval, and
  /// not more often. True when it was dead and is cleaned up.
  bool ask_after(std::uint8_t id) {
    if (view_.heal_after_ns == 0 || !is_participant(id)) {
      return false;
    }
    const std::uint64_t now = Env::coarse_now_ns();
    std::uint64_t& asked = asked_ns_[id - 1];
    if (asked == 0 || now - asked < view_.heal_after_ns) {
      asked = asked == 0 ? now : asked;
      return false;
    }
    asked = now;
    return heal(id);
  }

  std::uint64_t healed() const { return healed_; }

 private:
  static constexpr std::uint64_t kLongestNapNs = 100 * kNsPerMs;
  static constexpr std::uint64_t kSelfCheckNs = 10 * kNsPerMs;
  static constexpr int kSpins = 1000;

  /// One wait's memory of when it last looked around.
  struct Watch {
    explicit Watch(std::uint64_t now) : started(now), looked(now), asked(now) {}
    std::uint64_t started;
    std::uint64_t looked;
    std::uint64_t asked;
    bool healed = false;
  };

  std::uint64_t heal_interval() const {
    return view_.heal_after_ns == 0 ? kLongestNapNs : view_.heal_after_ns;
  }

  template <class Goal>
  bool spin(Goal&& goal) {
    for (int i = 0; i < kSpins; ++i) {
      if (goal.reached()) {
        return true;
      }
      Env::relax();
    }
    return false;
  }

  /// The time is over. Many short waits for the same dead participant are one long one.
  template <class Goal>
  Status give_up(Goal&& goal) {
    return goal.reached() || ask_after(goal.suspect()) ? Status::OK : Status::TIMEOUT;
  }

  Status look_around(Watch& watch, std::uint8_t suspect) {
    if (Env::is_interrupted()) {
      return Status::INTERRUPTED;
    }
    const std::uint64_t now = Env::now_ns();
    if (now - watch.looked >= kSelfCheckNs) {
      watch.looked = now;
      beat();
      if (Status status = caretaker_.check_self(); status != Status::OK) {
        return status;
      }
    }
    if (view_.heal_after_ns != 0 && suspect != kNobody && now - watch.asked >= view_.heal_after_ns) {
      watch.asked = now;
      watch.healed = heal(suspect);
    }
    // Handed back after all else: many short waits for the same dead participant are one long one.
    if (now - watch.started >= Env::longest_wait_ns() && !watch.healed) {
      watch.healed = ask_after(suspect);
      return watch.healed ? Status::OK : Status::INTERRUPTED;
    }
    return Status::OK;
  }

  bool heal(std::uint8_t id) {
    if (id == self_ || !is_participant(id) || !caretaker_.heal(id)) {
      return false;
    }
    ++healed_;
    return true;
  }

  /// The id may come from a word that somebody scribbled on.
  bool is_participant(std::uint8_t id) const { return id != kNobody && id <= view_.max_participants; }

  void beat() {
    auto& entry = view_.participant(self_);
    entry.heartbeat_ns.store(Env::coarse_now_ns(), std::memory_order_relaxed);
    entry.heartbeats.store(entry.heartbeats.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

  const BlockView<Env>& view_;
  std::uint8_t self_;
  Caretaker& caretaker_;
  WaitStrategy strategy_;
  std::array<std::uint64_t, kMaxParticipants> asked_ns_{};  ///< of participant id at [id - 1]
  std::uint64_t healed_ = 0;
};

}  // namespace datablock
