#include "actors.hpp"

#include <unistd.h>

#include <cstring>
#include <random>
#include <vector>

#include "core/diagnosis.hpp"
#include "core/recovery.hpp"
#include "core/validation.hpp"

namespace datablock::soak {
namespace {

std::uint64_t mix(std::uint64_t run, std::uint64_t index, std::uint64_t word) {
  return (run + 1) * 0x9e3779b97f4a7c15 ^ (index + 1) * 0xc2b2ae3d27d4eb4f ^ (word + 1) * 0x165667b19e3779f9;
}

void write_message(std::span<std::byte> payload, const Stamp& stamp) {
  std::memcpy(payload.data(), &stamp, sizeof stamp);
  for (std::size_t at = sizeof stamp; at + 8 <= payload.size(); at += 8) {
    const std::uint64_t word = mix(stamp.run, stamp.index, at);
    std::memcpy(payload.data() + at, &word, 8);
  }
}

/// False when it is not what the writer of its stamp wrote.
bool read_message(std::span<const std::byte> payload, Stamp& stamp) {
  if (payload.size() < sizeof stamp) {
    return false;
  }
  std::memcpy(&stamp, payload.data(), sizeof stamp);
  for (std::size_t at = sizeof stamp; at + 8 <= payload.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, payload.data() + at, 8);
    if (word != mix(stamp.run, stamp.index, at)) {
      return false;
    }
  }
  return stamp.run < kMostRuns;
}

/// Order and completeness, as one consumer sees them. What it objects to is held back until the message is
/// let go: a consumer that was evicted meanwhile has read what was no longer its own, and its release() says
/// so.
class Checker {
 public:
  Checker(Ledger& ledger, std::uint32_t run, ConsumerMode mode, bool is_witness)
      : ledger_(ledger), run_(run), mode_(mode), is_witness_(is_witness), seen_(kMostRuns) {}

  void check(const Message& message, std::span<const std::byte> payload) {
    Stamp stamp{};
    if (!read_message(payload, stamp)) {
      object("torn or foreign message " + std::to_string(message.seq));
      return;
    }
    if (has_read_ && message.seq <= last_seq_) {
      object("message " + std::to_string(message.seq) + " after " + std::to_string(last_seq_));
    }
    lost_ += message.lost;
    if (mode_ == ConsumerMode::sync && message.lost != 0) {
      object("a sync consumer was told of a loss");
    }
    Seen& seen = seen_[stamp.run];
    const std::uint64_t first = is_witness_ ? 0 : stamp.index;  // the witness was there first
    const std::uint64_t expected = seen.next == kUnseen ? first : seen.next;
    if (stamp.index < expected) {
      object("duplicate: message " + std::to_string(stamp.index) + " of producer " +
             std::to_string(stamp.run));
    } else if (stamp.index - expected > lost_ - seen.lost) {
      object("lost: producer " + std::to_string(stamp.run) + " went from " + std::to_string(expected) +
             " to " + std::to_string(stamp.index) + ", with " + std::to_string(lost_ - seen.lost) +
             " declared lost");
    }
    seen = {stamp.index + 1, lost_};
    last_seq_ = message.seq;
    has_read_ = true;
    if (is_witness_) {
      ledger_.witnessed[stamp.run].store(seen.next, std::memory_order_relaxed);
    }
  }

  /// The message was its own until now: what was objected to it counts.
  void stand_by() {
    for (const std::string& objection : objections_) {
      fail(ledger_, "consumer " + std::to_string(run_) + " (" + to_string(mode_) + "): " + objection);
    }
    objections_.clear();
  }

  /// It was evicted.
  void take_back() {
    ledger_.consumers[run_].taken_back.fetch_add(static_cast<std::uint32_t>(objections_.size()));
    objections_.clear();
  }

 private:
  static constexpr std::uint64_t kUnseen = ~std::uint64_t{0};

  /// What was seen of one producer: the message that has to follow, and what was declared lost until then.
  struct Seen {
    std::uint64_t next = kUnseen;
    std::uint64_t lost = 0;
  };

  void object(const std::string& what) { objections_.push_back(what); }

  Ledger& ledger_;
  std::uint32_t run_;
  ConsumerMode mode_;
  bool is_witness_;
  std::vector<Seen> seen_;
  std::vector<std::string> objections_;
  std::uint64_t lost_ = 0;  ///< declared so far
  std::uint64_t last_seq_ = 0;
  bool has_read_ = false;
};

}  // namespace

void fail(Ledger& ledger, const std::string& what) {
  ledger.failures.fetch_add(1);
  std::fprintf(stderr, "FAILURE (pid %d): %s\n", getpid(), what.c_str());
}

void produce(Ledger& ledger, const std::string& block, std::uint32_t run, std::uint64_t seed) {
  ProducerOptions options;
  options.name = "soak-producer";
  options.standby_ms = -1;
  Producer producer(block, options);
  std::mt19937_64 random(seed);
  ProducerLine& line = ledger.producers[run];
  std::uint64_t committed = 0;
  while (ledger.stop.load(std::memory_order_relaxed) == 0) {
    const Status status = producer.acquire(50);
    line.healed.store(producer.healed(), std::memory_order_relaxed);
    if (status == Status::TIMEOUT || status == Status::ALL_SLOTS_QUARANTINED) {
      continue;
    }
    if (status == Status::FENCED) {
      line.fenced.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    if (status != Status::OK) {
      fail(ledger, std::string("producer: ") + catalogue_entry(status).name);
      return;
    }
    const std::uint64_t choice = random();
    if (choice % 64 == 0) {
      producer.abort();
      continue;
    }
    const std::uint64_t room = producer.payload().size();
    const std::uint64_t length = sizeof(Stamp) + (choice >> 8) % (room - sizeof(Stamp) + 1);
    write_message(producer.payload().first(length), {run, committed});
    if (producer.commit(length) == Status::OK) {
      line.committed.store(++committed, std::memory_order_relaxed);
    } else {
      line.fenced.fetch_add(1, std::memory_order_relaxed);
    }
    if (choice % 256 == 1) {
      NativeEnv::nap(200'000);
    }
  }
  while (producer.mark_end(50) != Status::OK) {
  }
}

void consume(Ledger& ledger, const std::string& block, std::uint32_t run, ConsumerMode mode,
             bool is_witness) {
  ConsumerOptions options;
  options.name = is_witness ? "soak-witness" : "soak-consumer";
  options.mode = mode;
  Consumer consumer(block, options);
  Checker checker(ledger, run, mode, is_witness);
  ConsumerLine& line = ledger.consumers[run];
  for (;;) {
    Status status = consumer.acquire(50);
    line.healed.store(consumer.healed(), std::memory_order_relaxed);
    if (status == Status::OK) {
      checker.check(consumer.message(), consumer.payload());
      status = consumer.release();
      if (status == Status::EVICTED) {
        checker.take_back();
      } else {
        checker.stand_by();
      }
      line.delivered.store(consumer.messages(), std::memory_order_relaxed);
      line.lost.store(consumer.lost(), std::memory_order_relaxed);
    }
    if (status == Status::END_OF_STREAM && ledger.stop.load() == 2) {
      line.finished.store(1);
      return;
    }
    if (status == Status::EVICTED && !is_witness) {
      line.finished.store(2);
      return;
    }
    if (status != Status::OK && status != Status::TIMEOUT && status != Status::END_OF_STREAM) {
      fail(ledger, std::string("consumer: ") + catalogue_entry(status).name);
      return;
    }
  }
}

void recover(Ledger& ledger, const std::string& block) {
  Recovery recovery(block, "");
  for (const PlannedAction& action : recovery.plan()) {
    const Status status = recovery.apply(action);
    // Somebody else may always be first: that is what the preconditions are for.
    if (status != Status::OK && status != Status::CHANGED && status != Status::OWNER_ALIVE &&
        status != Status::BEING_CLEANED) {
      fail(ledger, std::string("recovery: ") + catalogue_entry(status).name);
    }
  }
}

void observe(Ledger& ledger, const std::string& block) {
  const Observer observer(block, "");
  observer.snapshot(1'000'000'000, 64);
  const MappedSegment map(observer.file(), Access::observer_payload, false);
  for (const Violation& violation : validate(observer.file(), map.view(), true).violations) {
    if (!violation.repairable) {
      fail(ledger, std::string("validate: ") + violation.rule + ": " + violation.detail);
    }
  }
}

}  // namespace datablock::soak
