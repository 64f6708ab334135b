// A machine on which a test can act between two steps of the core: a hook runs before every compare-exchange.
// The block lies in ordinary memory.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "core/block_view.hpp"
#include "platform/linux/native_env.hpp"

namespace datablock::testing {

struct ScriptedEnv : NativeEnv {
  /// Called with the address of the word; may change it. Not called from within itself.
  static inline std::function<void(const void*)> before_exchange;

  template <class T>
  class Atomic : public std::atomic<T> {
   public:
    using std::atomic<T>::atomic;

    bool compare_exchange_strong(T& expected, T desired,
                                 std::memory_order success = std::memory_order_seq_cst,
                                 std::memory_order = std::memory_order_seq_cst) {
      if (before_exchange) {
        const auto hook = std::exchange(before_exchange, nullptr);
        hook(this);
        if (!before_exchange) {
          before_exchange = hook;
        }
      }
      return std::atomic<T>::compare_exchange_strong(expected, desired, success, std::memory_order_seq_cst);
    }
    bool compare_exchange_weak(T& expected, T desired, std::memory_order success = std::memory_order_seq_cst,
                               std::memory_order failure = std::memory_order_seq_cst) {
      return compare_exchange_strong(expected, desired, success, failure);
    }
  };

  static void wait(Atomic<std::uint32_t>&, std::uint32_t, std::uint64_t) {}
  static void wake_all(Atomic<std::uint32_t>&) { ++wake_ups; }
  static void process_fence() { fence(); }
  static inline int wake_ups = 0;
};

/// A block of `slots` slots in ordinary memory, as a new file has it.
template <class Env>
class MemoryBlock {
 public:
  explicit MemoryBlock(std::uint64_t slots, ProducerMode mode = ProducerMode::multi)
      : control_(std::make_unique<Control<Env>>()),
        metrics_(std::make_unique<Metrics<Env>>()),
        spinlocks_(std::make_unique<Spinlock<Env>[]>(kSpinlocks)),
        participants_(std::make_unique<Participant<Env>[]>(kParticipants)),
        waiters_(std::make_unique<typename Env::template Atomic<std::uint32_t>[]>(slots)),
        recorder_(std::make_unique<RecorderEntry<Env>[]>(kRecorderEntries)),
        states_(std::make_unique<SlotState<Env>[]>(slots)) {
    for (unsigned i = 0; i < kParticipants; ++i) {
      participants_[i].hold.store(kNoHold);
      participants_[i].pin.store(kNoPin);
    }
    view_.control = control_.get();
    view_.metrics = metrics_.get();
    view_.spinlocks = spinlocks_.get();
    view_.spinlock_count = kSpinlocks;
    view_.participants = participants_.get();
    view_.waiters = waiters_.get();
    view_.recorder = recorder_.get();
    view_.states = states_.get();
    view_.slot_count = slots;
    view_.slot_size = 64;
    view_.stride = 64;
    view_.max_participants = kParticipants;
    view_.max_sync = kParticipants;
    view_.producer_mode = mode;
  }

  const BlockView<Env>& view() const { return view_; }
  SlotWord word(std::uint64_t slot) const { return SlotWord{states_[slot].state.load()}; }
  void set_word(std::uint64_t slot, SlotWord word) { states_[slot].state.store(word.raw); }
  /// As if `id` were a participant that was killed.
  void set_active(std::uint8_t id, Role role) {
    view_.participant(id).word.store(EntryWord::make(EntryState::active, 1).raw);
    view_.participant(id).role.store(static_cast<std::uint8_t>(role));
  }

 private:
  static constexpr unsigned kParticipants = 8;

  std::unique_ptr<Control<Env>> control_;
  std::unique_ptr<Metrics<Env>> metrics_;
  std::unique_ptr<Spinlock<Env>[]> spinlocks_;
  std::unique_ptr<Participant<Env>[]> participants_;
  std::unique_ptr<typename Env::template Atomic<std::uint32_t>[]> waiters_;
  std::unique_ptr<RecorderEntry<Env>[]> recorder_;
  std::unique_ptr<SlotState<Env>[]> states_;
  BlockView<Env> view_;
};

}  // namespace datablock::testing
