// What most tests need: a directory of their own, a block in it, handles on it, and a look at its words from
// outside.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include "core/consumer.hpp"
#include "core/diagnosis.hpp"
#include "core/producer.hpp"
#include "core/recovery.hpp"
#include "core/segment.hpp"
#include "core/validation.hpp"
#include "core/zone_user.hpp"
#include "support/child_process.hpp"

namespace datablock {

// How gtest shows them.
void PrintTo(Status status, std::ostream* out);
void PrintTo(SlotWord word, std::ostream* out);
void PrintTo(Verdict verdict, std::ostream* out);
void PrintTo(RecorderAction action, std::ostream* out);

}  // namespace datablock

namespace datablock::testing {

/// A time-out that no healthy test ever sees the end of.
inline constexpr std::int64_t kLongMs = 30'000;

/// A directory under /dev/shm that goes with its object.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Waits until `condition` holds; false after half a minute.
bool eventually(const std::function<bool()>& condition);

/// The status with which `action` throws; OK when it does not.
Status thrown_by(const std::function<void()>& action);
/// The message with which `action` throws; empty when it does not.
std::string message_thrown_by(const std::function<void()>& action);

/// Canonical text of a record of 16 bytes: x and y, f64.
std::string sensor_schema();

/// All sections mapped read-write, without being a participant: to look at words, and to scribble on them.
class RawBlock {
 public:
  RawBlock(const std::string& name, const std::string& dir);

  const SegmentFile& file() const { return file_; }
  const View& view() const { return map_.view(); }
  SlotWord word(std::uint64_t slot) const {
    return SlotWord{view().states[slot].state.load(std::memory_order_seq_cst)};
  }
  void set_word(std::uint64_t slot, SlotWord word) const {
    view().states[slot].state.store(word.raw, std::memory_order_seq_cst);
  }
  std::uint64_t claim() const { return view().control->claim.load(std::memory_order_seq_cst); }
  std::uint64_t hold(std::uint8_t id) const {
    return view().participant(id).hold.load(std::memory_order_seq_cst);
  }
  std::uint64_t pin(std::uint8_t id) const {
    return view().participant(id).pin.load(std::memory_order_seq_cst);
  }
  std::uint64_t sync_bits() const { return view().control->sync.load(std::memory_order_seq_cst); }
  std::uint64_t lossy_bits() const { return view().control->lossy.load(std::memory_order_seq_cst); }
  std::uint64_t tombstones() const { return view().metrics->tombstones.load(std::memory_order_relaxed); }
  EntryWord entry(std::uint8_t id) const {
    return EntryWord{view().participant(id).word.load(std::memory_order_seq_cst)};
  }
  SpinlockWord spinlock(unsigned index) const {
    return SpinlockWord{view().spinlocks[index].word.load(std::memory_order_seq_cst)};
  }
  bool has_spinlock_sleeper(unsigned index) const {
    return (view().spinlocks[index].waiters.load(std::memory_order_seq_cst) & 1) != 0;
  }
  bool is_locked(unsigned id) const { return probe_lock(file_.fd.get(), kLockBase + id) == LockState::held; }
  /// Does somebody sleep on the word of this slot?
  bool has_sleeper(std::uint64_t slot) const {
    return (view().waiters[slot].load(std::memory_order_seq_cst) & 1) != 0;
  }
  bool has_hold_sleeper(std::uint8_t id) const {
    return (view().participant(id).hold_waiters.load(std::memory_order_seq_cst) & 1) != 0;
  }

 private:
  SegmentFile file_;
  MappedSegment map_;
};

class BlockTest : public ::testing::Test {
 protected:
  static constexpr const char* kName = "block";

  const std::string& dir() const { return directory_.path(); }
  std::string path(const std::string& name = kName) const { return dir() + "/" + name; }

  /// A small block whose participants heal one another after 20 ms.
  static BlockConfig config(std::uint64_t slots = 4, ProducerMode mode = ProducerMode::single);
  static BlockConfig multi_config(std::uint64_t slots = 4) { return config(slots, ProducerMode::multi); }
  void create(const BlockConfig& config, const std::string& name = kName) const {
    create_segment(name, dir(), config);
  }

  std::unique_ptr<Producer> producer(ProducerOptions options = {}) const;
  std::unique_ptr<Consumer> consumer(ConsumerMode mode = ConsumerMode::sync,
                                     StartFrom from = StartFrom::latest) const;
  std::unique_ptr<Consumer> consumer(ConsumerOptions options) const;
  std::unique_ptr<ZoneUser> zone_user(JoinOptions options = {}) const;
  RawBlock raw() const { return {kName, dir()}; }
  Observer observer() const { return {kName, dir()}; }
  Recovery recovery() const { return {kName, dir()}; }
  /// All bytes of the block's file.
  std::string file_bytes() const;
  /// Violations of a whole validation, one line each; empty: none.
  std::string violations(bool checksums = false) const;

 private:
  TemporaryDirectory directory_;
};

// ---------------------------------------------------------------------------------------------- messages

/// acquire, write, commit.
Status put(Producer& producer, std::string_view text, std::int64_t timeout_ms = kLongMs);
/// Puts the numbers from, from + 1, ... to - 1 as texts; throws when one cannot be put.
void put_numbers(Producer& producer, std::uint64_t from, std::uint64_t to);
/// acquire, copy, release: the text, or the name of the status in angle brackets.
std::string take(Consumer& consumer, std::int64_t timeout_ms = kLongMs);
/// The payload in hand as text.
std::string text_of(const Consumer& consumer);

/// A payload that names its writer and its number, and shows when it is torn or somebody else's.
void fill_pattern(std::span<std::byte> payload, std::uint64_t source, std::uint64_t index);
struct PatternRead {
  bool whole = false;
  std::uint64_t source = 0;
  std::uint64_t index = 0;
};
PatternRead read_pattern(std::span<const std::byte> payload);

}  // namespace datablock::testing
