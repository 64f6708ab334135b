// What threads do: the shells that native/core/producer.cpp and consumer.cpp put around the protocol's cores,
// as far as they matter for its order, with a journal of what was said to the caller.
#pragma once

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>

#include "core/eviction.hpp"
#include "core/lossy_reader.hpp"
#include "core/producer_core.hpp"
#include "core/quarantine.hpp"
#include "core/sync_reader.hpp"
#include "world/journal.hpp"
#include "world/seat.hpp"

namespace datablock::model {

inline constexpr std::int64_t kForeverMs = -1;
/// Long enough for several naps: with it, TIMEOUT means that nobody had anything more to do.
inline constexpr std::int64_t kPatientMs = 1000;

/// Most slots that a producer, and messages that a sync consumer takes in hand at once.
inline constexpr unsigned kLongestRunInHand = 3;

/// A call that slept until its time-out although nothing else could run, and then found what it waited for,
/// was not woken.
class WakeUpCheck {
 public:
  WakeUpCheck() : before_(machine().forced_timeouts(machine().current())) {}
  void judge(Status status) const {
    if (status == Status::OK && machine().casualties() == 0 &&
        machine().forced_timeouts(machine().current()) != before_) {
      machine().fail("lost wake-up: it slept although what it waited for had come");
    }
  }

 private:
  unsigned before_;
};

template <ProducerMode kMode>
class ProducerActor {
 public:
  /// One who is in already (Block::seat_producer()).
  explicit ProducerActor(std::uint8_t id, WaitStrategy strategy = WaitStrategy::block)
      : seat_(id), strategy_(strategy), core_(std::in_place, block().view(), id, seat_, strategy) {}

  /// One who comes now: Producer's constructor. A standby waits for the role of the single producer without
  /// trying in between, and leaves when it can no longer become vacant.
  struct Joining {};
  ProducerActor(std::uint8_t id, Joining) : seat_(id), strategy_(WaitStrategy::block) {
    if (!seat_.take(Role::producer, static_cast<std::uint8_t>(kMode))) {
      return;
    }
    if constexpr (kMode == ProducerMode::single) {
      if (!take_role()) {
        seat_.leave();
        return;
      }
    }
    if (seat_.view().heal_after_ns != 0) {
      seat_.heal_all();
    }
    core_.emplace(block().view(), id, seat_, strategy_);
    seat_.activate();
  }

  bool has_joined() const { return core_.has_value(); }

  /// One message from acquire() to commit(). OK, or what kept it from being published.
  Status produce(std::int64_t timeout_ms = kForeverMs) { return publish(timeout_ms, false); }

  void produce_all(unsigned count, std::int64_t timeout_ms = kForeverMs) {
    for (unsigned i = 0; i < count; ++i) {
      expect_published(produce(timeout_ms));
    }
  }

  /// Takes up to `most` slots in hand, publishes the first `count` of them in order and gives the others up:
  /// Producer::acquire_run() and commit_run(). OK, or what the first failure was.
  Status produce_run(unsigned most, unsigned count) {
    std::array<RingPosition, kLongestRunInHand> run;
    if (const Status status = acquire(kForeverMs, run[0]); status != Status::OK) {
      return status;
    }
    unsigned size = 1;
    while (size < most && size < seat_.view().slot_count && core_->acquire_ready(run[size])) {
      ++size;
    }
    Status first = Status::OK;
    for (unsigned i = 0; i < size; ++i) {
      machine().write_cell(block().cell(run[i].slot()), value_of(numbers_ + i + 1));
    }
    for (unsigned i = 0; i < size; ++i) {
      const Status status = i < count ? commit(run[i], value_of(++numbers_), false) : core_->abort(run[i]);
      first = first == Status::OK ? status : first;
    }
    return first;
  }

  void mark_end() { expect_published(try_to_mark_end()); }

  /// Producer::mark_end().
  Status try_to_mark_end() {
    const Status status = publish(kForeverMs, true);
    if (has_ended_ && status != Status::OK) {
      resume_stream();
    }
    return status;
  }

  /// Takes a slot in hand and gives it up.
  void give_up_one() {
    RingPosition at;
    if (acquire(kForeverMs, at) == Status::OK) {
      machine().write_cell(block().cell(at.slot()), 1);
      core_->abort(at);
    }
  }

  void stop_with_a_slot() {
    RingPosition at;
    if (acquire(kForeverMs, at) == Status::OK) {
      machine().stop_for_ever();
    }
  }

  void leave() {
    seat_.leave();
    if constexpr (kMode == ProducerMode::single) {
      machine().unlock(kRoleLock);
    }
  }

  /// Statuses other than OK that this scenario may see.
  void may_end_with(std::initializer_list<Status> statuses) {
    std::copy(statuses.begin(), statuses.end(), admitted_.begin() + 1);
  }
  Seat& seat() { return seat_; }

 private:
  /// Attachment::take_producer_role().
  bool take_role() {
    const auto is_vacant = [](const Machine& m) { return !m.is_locked(kRoleLock); };
    while (!machine().try_lock(kRoleLock)) {
      seat_.entry().standby.store(1, std::memory_order_relaxed);
      if (!machine().hold_back(is_vacant)) {
        return false;
      }
    }
    seat_.entry().standby.store(0, std::memory_order_relaxed);
    return true;
  }

  void resume_stream() {
    has_ended_ = false;
    seat_.entry().ended.store(0, std::memory_order_release);
  }

  Status acquire(std::int64_t timeout_ms, RingPosition& at) {
    if (!has_ended_ && core_->acquire_at_once(at)) {  // as Producer::acquire() begins
      return Status::OK;
    }
    if (has_ended_) {
      resume_stream();
    }
    const WakeUpCheck check;
    Deadline<ModelEnv> deadline(timeout_ms);
    const Status status = core_->acquire(deadline, at);
    check.judge(status);
    return status;
  }

  Status publish(std::int64_t timeout_ms, bool is_mark) {
    RingPosition at;
    if (const Status status = acquire(timeout_ms, at); status != Status::OK) {
      return status;
    }
    const std::uint64_t value = is_mark ? 0 : value_of(++numbers_);
    if (is_mark) {
      seat_.entry().ended.store(1, std::memory_order_release);
      has_ended_ = true;
    } else {
      machine().write_cell(block().cell(at.slot()), value);
    }
    return commit(at, value, is_mark);
  }

  std::uint64_t value_of(unsigned number) const { return 1000 * std::uint64_t{seat_.id()} + number; }

  Status commit(const RingPosition& at, std::uint64_t value, bool is_mark) {
    journal().intents[machine().current()] = {at.seq(), value, is_mark};
    return core_->commit(at, is_mark ? 0 : length_of(value), is_mark ? MessageFlag::end : 0, seat_.id());
  }

  void expect_published(Status status) {
    if (std::find(admitted_.begin(), admitted_.end(), status) == admitted_.end()) {
      machine().fail("a producer's call ends with status %d", static_cast<int>(status));
    }
  }

  Seat seat_;
  WaitStrategy strategy_;
  std::optional<ProducerCore<ModelEnv, kMode>> core_;
  std::array<Status, 4> admitted_{};  ///< OK, and what may_end_with() says
  unsigned numbers_ = 0;
  bool has_ended_ = false;
};

using SingleProducer = ProducerActor<ProducerMode::single>;
using MultiProducer = ProducerActor<ProducerMode::multi>;

/// What all consumers have in common: the journal, and what they do with a message.
class ConsumerActor {
 public:
  ConsumerActor(std::uint8_t id, ConsumerMode mode) : seat_(id), mode_(mode) {
    index_ = journal().readings.size();
    reading_of_new().mode = mode;
  }

  Reading& reading() { return journal().readings[index_]; }
  Seat& seat() { return seat_; }

 protected:
  void begin(std::uint64_t start) {
    reading().has_joined = true;
    reading().start = reading().next = start;
  }

  /// Takes note of what a message says, which the oracle compares with what was written.
  void look_at(const Message& message) {
    const std::uint64_t value = machine().read_cell(block().cell(message.slot));
    if (!machine().has_raced(machine().current()) && message.length != length_of(value)) {
      machine().fail("message %llu says %llu and has length %llu",
                     static_cast<unsigned long long>(message.seq), static_cast<unsigned long long>(value),
                     static_cast<unsigned long long>(message.length));
    }
    in_hand_[count_in_hand_++] = {message.seq, value, message.lost};
  }

  /// What is in hand was let go as good.
  void deliver() {
    reading().deliveries.insert(reading().deliveries.end(), in_hand_.begin(),
                                in_hand_.begin() + count_in_hand_);
    count_in_hand_ = 0;
  }
  /// It was not: nothing of it may be trusted.
  void drop() { count_in_hand_ = 0; }

  Status ended(Status status) {
    reading().last = status;
    return status;
  }

  Seat seat_;
  ConsumerMode mode_;

 private:
  static Reading& reading_of_new() {
    Reading& reading = journal().readings.emplace_back();
    reading.thread = machine().current();
    return reading;
  }

  std::size_t index_ = 0;
  // No vector: whoever is killed does not free it.
  std::array<Delivery, kLongestRunInHand> in_hand_;
  std::ptrdiff_t count_in_hand_ = 0;
};

class SyncConsumer : public ConsumerActor {
 public:
  /// One who is in already (Block::seat_sync()).
  explicit SyncConsumer(std::uint8_t id, std::uint64_t start, WaitStrategy strategy = WaitStrategy::block)
      : ConsumerActor(id, ConsumerMode::sync) {
    open(start, strategy);
  }

  /// One who comes now. `from_oldest`: reads the history first.
  struct Joining {
    bool from_oldest = false;
  };
  SyncConsumer(std::uint8_t id, Joining how) : ConsumerActor(id, ConsumerMode::sync) {
    if (!seat_.take(Role::consumer, static_cast<std::uint8_t>(ConsumerMode::sync))) {
      return;
    }
    std::uint64_t start = 0;
    if (join_sync(seat_.view(), id, start) != Status::OK) {
      machine().fail("join_sync() refuses");
    }
    const std::uint64_t slots = seat_.view().slot_count;
    const std::uint64_t oldest = start > slots ? start - slots : 0;
    if (how.from_oldest && start > 0) {
      join_lossy(seat_.view(), id);
      history_end_ = start;
      history_.emplace(seat_.view(), id, seat_, WaitStrategy::block, oldest);
    }
    open(start, WaitStrategy::block);
    if (history_) {
      reading().start = reading().next = oldest;
    }
    seat_.activate();
  }

  bool has_joined() const { return reader_.has_value(); }

  /// From acquire() to release(): Consumer::acquire_run() and release(). Of a run, as many messages as are
  /// ready, but at most `most` (up to kLongestRunInHand).
  Status read(std::int64_t timeout_ms = kForeverMs, unsigned most = 1) {
    const WakeUpCheck check;
    Deadline<ModelEnv> deadline(timeout_ms);
    Message message;
    bool from_history = history_.has_value();
    Status status =
        from_history ? read_history(deadline, message, from_history) : reader_->acquire(deadline, message);
    check.judge(status);
    if (status == Status::OK) {
      message.lost += untold_;
      untold_ = 0;
      look_at(message);
      unsigned count = 1;
      while (!from_history && count < most && reader_->acquire_ready(message)) {
        message.lost = 0;
        look_at(message);
        ++count;
      }
      if (from_history) {
        history_->release();
      } else {
        status = reader_->release(count);
      }
    }
    if (status == Status::OK) {
      if (machine().has_raced(machine().current())) {
        machine().fail("a message that was overwritten while it was read is let go as good");
      }
      deliver();
    }
    if (history_ && status != Status::OK) {
      untold_ += history_->take_untold_loss();
    }
    reading().next = history_ ? history_->next() : reader_->next();
    reading().untold = untold_;
    if (status == Status::EVICTED) {
      drop();
      machine().forgive_race();
      reading().evicted = true;
    }
    return ended(status);
  }

  /// Until the call ends with something else than messages; `most` at a time.
  Status read_all(std::int64_t timeout_ms = kPatientMs, unsigned most = 1) {
    Status status = Status::OK;
    while (status == Status::OK) {
      status = read(timeout_ms, most);
    }
    reading().reads_all = true;
    return status;
  }

  void read_some(unsigned count, std::int64_t timeout_ms = kForeverMs) {
    for (unsigned i = 0; i < count; ++i) {
      if (const Status status = read(timeout_ms); status != Status::OK) {
        return;
      }
    }
  }

  /// What it reads may be overwritten under its hands, as long as it then finds out.
  static void may_be_evicted() { machine().tolerate_races(true); }

  void leave() {
    reader_->publish();
    seat_.leave();
  }

 private:
  void open(std::uint64_t start, WaitStrategy strategy) {
    begin(start);
    reading().lossless_from = start;
    reader_.emplace(seat_.view(), seat_.id(), seat_, strategy, start);
  }

  /// Consumer::acquire_from_history().
  Status read_history(Deadline<ModelEnv>& deadline, Message& message, bool& from_history) {
    const Status status = history_->acquire(deadline, message, history_end_);
    if (status != Status::END_OF_STREAM || history_->next() < history_end_) {
      return status;
    }
    untold_ += history_->take_untold_loss();
    untold_ -= std::min(untold_, history_->next() - history_end_);
    history_.reset();
    leave_lossy(seat_.view(), seat_.id());
    from_history = false;
    return reader_->acquire(deadline, message);
  }

  std::optional<SyncReader<ModelEnv>> reader_;
  std::optional<SequentialReader<ModelEnv>> history_;
  std::uint64_t history_end_ = 0;
  std::uint64_t untold_ = 0;
};

template <class Reader, ConsumerMode kReaderMode>
class LossyConsumer : public ConsumerActor {
 public:
  /// One who is in already (Block::seat_lossy()).
  explicit LossyConsumer(std::uint8_t id, std::uint64_t start) : ConsumerActor(id, kReaderMode) {
    open(start);
  }

  /// One who comes now.
  struct Joining {
    bool from_oldest = false;
  };
  LossyConsumer(std::uint8_t id, Joining how) : ConsumerActor(id, kReaderMode) {
    if (!seat_.take(Role::consumer, static_cast<std::uint8_t>(kReaderMode))) {
      return;
    }
    join_lossy(seat_.view(), id);
    const std::uint64_t claim = seat_.view().control->claim.load(std::memory_order_seq_cst);
    const std::uint64_t slots = seat_.view().slot_count;
    open(!how.from_oldest ? claim : claim > slots ? claim - slots : 0);
    seat_.activate();
  }

  bool has_joined() const { return reader_.has_value(); }

  Status acquire(std::int64_t timeout_ms = kForeverMs) {
    const WakeUpCheck check;
    Deadline<ModelEnv> deadline(timeout_ms);
    Message message;
    const Status status = reader_->acquire(deadline, message);
    check.judge(status);
    if (status == Status::OK) {
      message.lost += untold_;
      untold_ = 0;
      look_at(message);
    } else if constexpr (kReaderMode == ConsumerMode::sequential) {
      untold_ += reader_->take_untold_loss();
    }
    reading().next = reader_->next();
    reading().untold = untold_;
    return ended(status);
  }

  void release() {
    reader_->release();
    deliver();
  }

  Status read(std::int64_t timeout_ms = kForeverMs) {
    const Status status = acquire(timeout_ms);
    if (status == Status::OK) {
      release();
    }
    return status;
  }

  Status read_all(std::int64_t timeout_ms = kPatientMs) {
    Status status = Status::OK;
    while (status == Status::OK) {
      status = read(timeout_ms);
    }
    reading().reads_all = true;
    return status;
  }

  void read_some(unsigned count, std::int64_t timeout_ms = kForeverMs) {
    for (unsigned i = 0; i < count; ++i) {
      if (read(timeout_ms) != Status::OK) {
        return;
      }
    }
  }

  void leave() { seat_.leave(); }

 private:
  void open(std::uint64_t start) {
    begin(start);
    reader_.emplace(seat_.view(), seat_.id(), seat_, WaitStrategy::block, start);
  }

  std::optional<Reader> reader_;
  std::uint64_t untold_ = 0;
};

using SequentialConsumer = LossyConsumer<SequentialReader<ModelEnv>, ConsumerMode::sequential>;
using LatestConsumer = LossyConsumer<LatestReader<ModelEnv>, ConsumerMode::latest>;

/// A recovery tool: cleans up after every participant whose byte it gets, once somebody has died.
inline void recover_after_death() {
  if (machine().await_death()) {
    Seat(kNobody).heal_all();
  }
}

/// The same when all others are through: what nobody has healed until then.
inline void recover_at_the_end() {
  machine().await_end();
  if (machine().casualties() != 0) {
    machine().process_fence();  // it comes much later: all that was stored has long been visible
    Seat(kNobody).heal_all();
  }
}

/// Recovery::force_reset_slot() with force: once, whatever the slot's word is at that moment.
inline void force_slot(std::uint64_t slot) {
  Seat seat(kNobody);
  const View& view = seat.view();
  const SlotWord word{view.states[slot].state.load(std::memory_order_seq_cst)};
  if (word.is_settled()) {
    return;
  }
  if (machine().try_lock(word.owner())) {
    CleanUp<ModelEnv>(view, seat.identity(), word.owner(), RecorderEvidence::lock_byte_taken)
        .resolve(slot, word);
    machine().unlock(word.owner());
    return;
  }
  if (word.phase() != Phase::quarantined) {
    SlotWord after;
    journal().forcing = machine().current();
    quarantine(view, seat.identity(), slot, word, after);
  }
}

/// Recovery::evict_consumer(), with the hold that it has at that moment.
inline void evict_reader(std::uint8_t id) {
  Seat seat(kNobody);
  const std::uint64_t seen = seat.entry_of(id).hold.load(std::memory_order_seq_cst);
  if (seen != kNoHold) {
    evict(seat.view(), seat.identity(), id, seen);
  }
}

}  // namespace datablock::model
