// A fresh block for one kill: its survivors, what they wrote and read, and what must be true in the end.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "block.hpp"
#include "core/producer.hpp"
#include "core/recovery.hpp"
#include "ledger.hpp"
#include "reader.hpp"
#include "trace.hpp"
#include "traced_child.hpp"

namespace datablock::step {

/// The kinds of block that behave differently.
struct Kind {
  const char* name;
  ProducerMode mode;
  Fences fences;

  bool is_multi() const { return mode == ProducerMode::multi; }
};

/// What an operation wants around it.
struct Setting {
  /// The child is a producer: on a block for a single one, none survives, and a new one must come.
  bool child_writes = false;
  /// The child makes (or removes) the block itself: there are no survivors.
  bool child_creates = false;
  /// A sequential reader is attached, so that claims have to drain.
  bool sequential = true;
  /// The sync reader keeps the newest message in hand while the child dies.
  bool holds = true;
  /// The sequential reader keeps its pin until the ring has gone round once more.
  bool keeps_pin = false;
  std::uint64_t slots = 3;
  /// Messages that are written before, some laps with the slots one past a lap's end.
  unsigned warm_up = 4;
  bool sealed = false;  ///< checksums are enforced
  /// Who waits asks after whom it waits for, each millisecond. Without it a sleeper whom nobody wakes sees
  /// the end of its nap.
  bool self_heal = true;
  std::uint32_t heal_after_ms = 1;
  bool zoned = false;  ///< the block has a zone, "shared"
};

/// How the survivors get rid of the dead.
enum class Way {
  recovery,   ///< a plan, applied step by step
  attaching,  ///< newcomers attach, and find the dead one's entry
  waiting,    ///< the survivors just go on, and heal what they wait for
  late,       ///< the survivors go on while the child is stopped, before it dies; then a plan
};
inline constexpr Way kWays[] = {Way::recovery, Way::attaching, Way::waiting, Way::late};
const char* to_string(Way way);

/// The way of a bystander to its point, remembered from one case of an operation to the next: they all take
/// the same one.
struct Route {
  std::optional<Trace> trace;
};

class World {
 public:
  static constexpr const char* kName = "block";
  /// Longer than any healthy survivor waits for anything, on a machine however busy.
  static constexpr std::int64_t kPatienceMs = 20000;

  World(std::string dir, const Kind& kind, const Setting& setting);
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World();

  const std::string& dir() const { return file_.dir; }
  const Kind& kind() const { return kind_; }
  const Setting& setting() const { return setting_; }
  BlockConfig config() const;
  std::uint64_t slots() const { return setting_.slots; }
  bool has_block() const { return raw_ != nullptr; }
  RawBlock& raw() const { return *raw_; }

 private:
  /// The block's file goes last, and also when the rest does not come to be.
  struct File {
    explicit File(std::string directory) : dir(std::move(directory)) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File();
    std::string dir;
  };
  File file_;

 public:
  // ---- survivors

  std::unique_ptr<Producer> producer;
  std::unique_ptr<Reader> sync;
  std::unique_ptr<Reader> sequential;
  std::vector<std::unique_ptr<Reader>> newcomers;
  /// A reader that the operation does something to: it takes no part in going on.
  std::unique_ptr<Reader> guest;
  Ledger ledger;

  /// The last thing before the child is forked: hands take what they shall hold, and a single producer makes
  /// room.
  void get_ready();
  /// Attaches what is missing: producer, sync and sequential reader.
  void complete_survivors();
  /// Writes one message; TIMEOUT when it cannot within `ms`.
  Status put(std::int64_t ms);
  /// Fills in and publishes what `producer` has in hand.
  Status publish();
  /// Makes the sequential reader one that has the slot pinned which is claimed next: that of message claim -
  /// N.
  void pin_next_slot();
  /// The producer writes one message from a thread of its own, and has to sleep first.
  void put_asleep();
  void join_writer();

  // ---- dead and stopped

  /// Runs `body` in a child of its own until `there` holds (no condition: to its end).
  std::unique_ptr<TracedChild> bring_bystander(Route& route, const TracedChild::Body& body,
                                               const std::function<bool()>& there = {}) const;
  void kill_bystander(TracedChild& child);
  /// The participant that the bystander was who died last.
  unsigned dead_id() const { return dead_id_; }
  /// What the dead or stopped child has committed is in the ledger from now on. How many that were.
  unsigned note_commits(const Facts& facts);
  /// Called when a process has died: what must be known of it later.
  void note_death(pid_t pid);
  /// A child that stands still in the middle of something while the one under test dies; it goes on
  /// afterwards.
  std::unique_ptr<TracedChild> bystander;
  /// The survivors act while the child stands still.
  void meddle();
  /// Somebody who slept for what the dead one was about to give is awake. A waker may die between its store
  /// and its wake-up: then the sleeper's nap, of at most 100 ms, ends by itself.
  void note_wake_up(Reader::Clock::time_point death, Reader::Clock::time_point woke_up);
  /// The longest of those.
  std::uint64_t longest_wake_ms() const { return longest_wake_ms_; }

  // ---- afterwards

  /// The invariants that a look from outside can check. `Traces::of_the_dead`: but what recovery would
  /// remove.
  enum class Traces { of_the_dead, none };
  void check_invariants(Traces admitted) const;
  void clean(Way way);
  /// `count` more messages; each must reach all readers.
  void go_on(std::uint64_t count);
  /// Removes what nobody waited for. Afterwards nothing is left to plan, and nothing is wrong.
  void sweep();
  /// Everything is claimed, delivered, or accounted for.
  void check() const;
  /// Plans and applies; each planned step must be possible, and then nothing is left to plan.
  void recover() const;
  /// After the child was creating or removing: takes over the block that there is, or makes one.
  void adopt_block();

  std::uint64_t claim() const { return raw().claim(); }

 private:
  void create_block();
  void warm_up();
  /// The sync reader finishes what it can read without waiting.
  void make_room();

  Kind kind_;
  Setting setting_;
  std::unique_ptr<RawBlock> raw_;
  std::uint64_t stamps_ = 0;
  bool has_meddled_ = false;  ///< and so has written what a sleeping reader waits for
  std::uint64_t deaths_ = 0;
  /// The number that somebody who is dead now had claimed in the slot's word only.
  std::optional<std::uint64_t> unmoved_claim_;
  unsigned dead_id_ = 0;
  std::uint64_t longest_wake_ms_ = 0;
  std::uint64_t lost_producers_ = 0;
  std::thread writer_;
  std::string writer_failure_;
};

}  // namespace datablock::step
