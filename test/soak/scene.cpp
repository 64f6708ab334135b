#include "scene.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "core/diagnosis.hpp"
#include "core/recovery.hpp"
#include "core/validation.hpp"

namespace datablock::soak {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

BlockConfig random_config(std::mt19937_64& random) {
  constexpr std::array<std::uint64_t, 7> kSlots = {1, 2, 3, 5, 8, 64, 1000};
  constexpr std::array<std::uint64_t, 4> kSizes = {24, 64, 500, 5000};
  BlockConfig config;
  config.slot_count = kSlots[random() % kSlots.size()];
  config.slot_size = kSizes[random() % kSizes.size()];
  config.producer_mode = random() % 3 == 0 ? ProducerMode::single : ProducerMode::multi;
  config.fences = random() % 3 == 0 ? Fences::real : Fences::asymmetric;
  config.checksum_algorithm = random() % 4 == 0 ? ChecksumAlgorithm::xxh3 : ChecksumAlgorithm::none;
  config.timestamps = random() % 4 == 0;
  config.heal_after_ms = random() % 2 == 0 ? 5 : 50;
  return config;
}

}  // namespace

Scene::Scene(Ledger& ledger, std::mt19937_64& random, Totals& totals)
    : ledger_(ledger),
      random_(random),
      totals_(totals),
      block_("soak-" + std::to_string(getpid()) + "-" + std::to_string(totals.scenes)),
      config_(random_config(random)) {
  std::memset(static_cast<void*>(&ledger), 0, sizeof ledger);
  instance_ = create_segment(block_, "", config_).header.instance;
  ++totals.scenes;
}

Scene::~Scene() {
  for (const Actor& actor : actors_) {
    kill(actor.pid, SIGKILL);
    waitpid(actor.pid, nullptr, 0);
  }
  if (ledger_.failures.load() == 0) {
    unlink_segment(block_, "", instance_, true);
  } else {
    std::fprintf(stderr, "soak: block %s is kept\n", block_.c_str());
  }
}

template <class Body>
pid_t Scene::spawn(Body&& body) {
  std::fflush(nullptr);
  const std::uint64_t seed = random_();
  const pid_t pid = fork();
  if (pid == 0) {
    try {
      body(seed);
    } catch (const Error& error) {
      // Between a kill and the clean-up the table, or the sync seats, may be full for a moment.
      if (error.status() != Status::PARTICIPANTS_FULL && error.status() != Status::SYNC_FORBIDDEN) {
        fail(ledger_, error.what());
      }
    }
    _exit(0);
  }
  return pid;
}

void Scene::start_producer() {
  const std::uint32_t run = producers_++;
  const pid_t pid = spawn([&](std::uint64_t seed) { produce(ledger_, block_, run, seed); });
  actors_.push_back({Part::producer, ConsumerMode::sync, pid, run});
  ++totals_.participants;
}

void Scene::start_consumer(ConsumerMode mode, bool is_witness) {
  const std::uint32_t run = consumers_++;
  const pid_t pid = spawn([&](std::uint64_t) { consume(ledger_, block_, run, mode, is_witness); });
  actors_.push_back({Part::consumer, mode, pid, run});
  ++totals_.participants;
  if (is_witness) {
    witness_ = pid;
  }
}

void Scene::play(double seconds) {
  start_consumer(ConsumerMode::sync, true);
  const Observer observer(block_, "");
  // Its bit in `sync` would be too early: it joins at the head that it finds afterwards, and has to see
  // message 0.
  const auto& witness = observer.view().participant(1);
  while (EntryWord{witness.word.load()}.state() != EntryState::active) {
    NativeEnv::nap(kNsPerMs);
  }
  const unsigned producers =
      config_.producer_mode == ProducerMode::single ? 2 : 3;  // single: one is on standby
  for (unsigned i = 0; i < producers; ++i) {
    start_producer();
  }
  for (const ConsumerMode mode :
       {ConsumerMode::sync, ConsumerMode::sequential, ConsumerMode::latest, ConsumerMode::sync}) {
    start_consumer(mode, false);
  }
  const std::uint64_t end_at = NativeEnv::now_ns() + static_cast<std::uint64_t>(seconds * 1e9);
  while (NativeEnv::now_ns() < end_at && producers_ + 8 < kMostRuns && consumers_ + 8 < kMostRuns) {
    direct();
  }
  end();
  check();
}

void Scene::direct() {
  NativeEnv::nap((1 + pick(20)) * kNsPerMs);
  continue_stopped(false);
  replace_ended();
  bring_back(false);
  switch (pick(10)) {
    case 0:
    case 1:
    case 2:
    case 3:
      kill_one();
      break;
    case 4:
    case 5:
      stop_one();
      break;
    case 6:
      evict_one();
      break;
    case 7:
      force_one();
      break;
    case 8:
      recover_once();
      break;
    case 9:
      observe_once();
      break;
  }
}

/// Not at once: whoever takes the dead one's entry cleans up, and the waiters shall have their chance to.
void Scene::restart(Actor actor) {
  actor.continue_at_ns = NativeEnv::now_ns() + pick(200) * kNsPerMs;
  absent_.push_back(actor);
}

void Scene::bring_back(bool all) {
  const std::uint64_t now = NativeEnv::now_ns();
  const std::vector<Actor> absent = std::move(absent_);
  absent_.clear();
  for (const Actor& actor : absent) {
    if (!all && actor.continue_at_ns > now) {
      absent_.push_back(actor);
    } else if (actor.part == Part::producer) {
      start_producer();
    } else {
      start_consumer(actor.mode, false);
    }
  }
}

void Scene::kill_one() {
  const std::size_t index = pick(actors_.size());
  const Actor victim = actors_[index];
  if (victim.pid == witness_) {
    return;
  }
  kill(victim.pid, SIGKILL);
  waitpid(victim.pid, nullptr, 0);
  ++totals_.kills;
  actors_.erase(actors_.begin() + static_cast<std::ptrdiff_t>(index));
  restart(victim);
}

void Scene::stop_one() {
  Actor& actor = actors_[pick(actors_.size())];
  if (actor.pid != witness_ && actor.continue_at_ns == 0) {
    kill(actor.pid, SIGSTOP);
    actor.continue_at_ns = NativeEnv::now_ns() + (1 + pick(150)) * kNsPerMs;
    ++totals_.stops;
  }
}

void Scene::continue_stopped(bool all) {
  const std::uint64_t now = NativeEnv::now_ns();
  for (Actor& actor : actors_) {
    if (actor.continue_at_ns != 0 && (all || actor.continue_at_ns <= now)) {
      kill(actor.pid, SIGCONT);
      actor.continue_at_ns = 0;
    }
  }
}

/// Evicts some sync consumer, stopped or not, but never the witness.
void Scene::evict_one() {
  Recovery recovery(block_, "");
  for (unsigned id = 1; id <= recovery.view().max_participants; ++id) {
    const auto& entry = recovery.view().participant(static_cast<std::uint8_t>(id));
    const EntryWord word{entry.word.load()};
    const std::uint64_t hold = entry.hold.load();
    if (hold != kNoHold && entry.pid.load() != static_cast<std::uint32_t>(witness_) &&
        word.state() == EntryState::active && pick(2) == 0) {
      totals_.evictions +=
          recovery.evict_consumer(static_cast<std::uint8_t>(id), word.generation(), hold) == Status::OK ? 1
                                                                                                        : 0;
      return;
    }
  }
}

/// Takes the slot of a stopped (or just slow) producer away by force.
void Scene::force_one() {
  Recovery recovery(block_, "");
  for (std::uint64_t slot = 0; slot < config_.slot_count; ++slot) {
    const SlotWord word{recovery.view().states[slot].state.load()};
    if (!word.is_settled()) {
      const Status status = recovery.force_reset_slot(slot, true).status;
      totals_.forced += status == Status::OK ? 1 : 0;
      if (status == Status::CORRUPT) {
        fail(ledger_, "force: slot " + std::to_string(slot) + " is corrupt");
      }
      return;
    }
  }
}

/// Two at once, one of which may be killed half-way.
void Scene::recover_once() {
  const pid_t first = spawn([&](std::uint64_t) { recover(ledger_, block_); });
  const pid_t second = spawn([&](std::uint64_t) { recover(ledger_, block_); });
  if (pick(2) == 0) {
    NativeEnv::nap(pick(1000) * 1000);
    kill(first, SIGKILL);
    ++totals_.recoveries_killed;
  }
  waitpid(first, nullptr, 0);
  waitpid(second, nullptr, 0);
  totals_.recoveries += 2;
}

void Scene::observe_once() {
  waitpid(spawn([&](std::uint64_t) { observe(ledger_, block_); }), nullptr, 0);
  ++totals_.observations;
}

/// Consumers that were evicted, or found no seat, come again.
void Scene::replace_ended() {
  for (std::size_t i = 0; i < actors_.size(); ++i) {
    const Actor actor = actors_[i];
    if (waitpid(actor.pid, nullptr, WNOHANG) == actor.pid) {
      actors_.erase(actors_.begin() + static_cast<std::ptrdiff_t>(i));
      if (actor.pid == witness_) {
        fail(ledger_, "the witness ended before its time");
        return;
      }
      restart(actor);
      return;
    }
  }
}

void Scene::wait_for(pid_t pid, const char* whom) {
  const std::uint64_t patience = NativeEnv::now_ns() + 20 * kSecond;
  while (waitpid(pid, nullptr, WNOHANG) == 0) {
    if (NativeEnv::now_ns() > patience) {
      fail(ledger_, std::string("blocked survivor: ") + whom + " " + std::to_string(pid) + " in " + block_);
      if (const char* keep = std::getenv("DATABLOCK_SOAK_KEEP"); keep != nullptr) {
        pause();  // to be looked at with the tools
      }
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
      return;
    }
    NativeEnv::nap(kNsPerMs);
  }
}

void Scene::end() {
  continue_stopped(true);
  bring_back(true);
  ledger_.stop.store(1);
  const auto wait_for_all = [&](Part part, const char* whom) {
    for (const Actor& actor : actors_) {
      if (actor.part == part) {
        wait_for(actor.pid, whom);
      }
    }
    std::erase_if(actors_, [&](const Actor& actor) { return actor.part == part; });
  };
  wait_for_all(Part::producer, "producer");
  // Producers that were killed left no mark: one more ends the stream for everybody.
  ledger_.stop.store(2);
  {
    ProducerOptions options;
    options.standby_ms = 5000;
    Producer last(block_, options);
    while (last.mark_end(50) != Status::OK) {
    }
  }
  recover(ledger_, block_);  // entries of the dead that nobody waits for
  wait_for_all(Part::consumer, "consumer");
}

void Scene::check() {
  for (std::uint32_t run = 0; run < producers_; ++run) {
    const std::uint64_t told = ledger_.producers[run].committed.load();
    const std::uint64_t read = ledger_.witnessed[run].load();
    if (read != told && read != told + 1) {  // a killed one may have committed one more than it could tell
      fail(ledger_, "producer " + std::to_string(run) + " committed " + std::to_string(told) +
                        ", the witness read " + std::to_string(read));
    }
    totals_.committed += read;
    totals_.healed += ledger_.producers[run].healed.load();
    totals_.fenced += ledger_.producers[run].fenced.load();
  }
  for (std::uint32_t run = 0; run < consumers_; ++run) {
    totals_.delivered += ledger_.consumers[run].delivered.load();
    totals_.declared_lost += ledger_.consumers[run].lost.load();
    totals_.healed += ledger_.consumers[run].healed.load();
    totals_.taken_back += ledger_.consumers[run].taken_back.load();
  }
  recover(ledger_, block_);
  const Observer observer(block_, "");
  const MappedSegment map(observer.file(), Access::observer_payload, false);
  for (const Violation& violation : validate(observer.file(), map.view(), true).violations) {
    fail(ledger_, std::string("at the end: ") + violation.rule + ": " + violation.detail);
  }
  if (!plan_recovery(observer.file(), observer.view()).empty()) {
    fail(ledger_, "at the end there still is something to recover");
  }
  totals_.failures += ledger_.failures.load();
}

}  // namespace datablock::soak
